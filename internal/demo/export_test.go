package demo

import "context"

// What the crash tests need of the demo's own means.
var (
	SettleIn    = settleIn
	Mix         = mix
	Einstellung = einstellung
)

// Upload puts a file into the sender's in folder with a real SFTP client.
func (w *World) Upload(ctx context.Context, name string, data []byte) error {
	return w.upload(ctx, name, data)
}

// FoldersEmpty says that no folder holds anything to do.
func (w *World) FoldersEmpty() bool { return w.foldersEmpty() }

// Answer lets every authority answer what it has not answered yet.
func (a *Authorities) Answer() error {
	for _, o := range a.offices {
		if err := a.answer(o); err != nil {
			return err
		}
	}
	return nil
}
