package sftpd

import (
	"log/slog"
	"time"

	"golang.org/x/crypto/ssh"
)

// Account is one participant that may log in.
type Account struct {
	Name string
	Keys []ssh.PublicKey // any of them opens the account
}

// Limits bound what clients can ask for. Zero means the default.
type Limits struct {
	MaxConns     int           // connections in all; default 128
	MaxPerIP     int           // connections from one address; default 16
	MaxHandshake int           // connections that have not logged in yet; default 32
	MaxSessions  int           // SFTP sessions on one connection; default 8
	MaxHandles   int           // files and listings open in one session; default 64
	MaxUpload    int64         // bytes of one file; default 2 GiB
	Handshake    time.Duration // until the login is done; default 20 s
	Idle         time.Duration // without a byte from the client; default 10 min
	Remember     time.Duration // how long claimed names are answered from memory; default 15 min
}

func (l *Limits) fill() {
	set(&l.MaxConns, 128)
	set(&l.MaxPerIP, 16)
	set(&l.MaxHandshake, 32)
	set(&l.MaxSessions, 8)
	set(&l.MaxHandles, 64)
	set(&l.MaxUpload, 2<<30)
	set(&l.Handshake, 20*time.Second)
	set(&l.Idle, 10*time.Minute)
	set(&l.Remember, 15*time.Minute)
}

func set[T int | int64 | time.Duration](v *T, def T) {
	if *v <= 0 {
		*v = def
	}
}

// Options of a server.
type Options struct {
	HostKeys []ssh.Signer
	Accounts []Account
	Files    Files
	Intake   Intake
	Limits   Limits
	Log      *slog.Logger     // nil = discard
	Now      func() time.Time // nil = time.Now
}

// Stats are counters since New, and what is open now.
type Stats struct {
	Conns    int   // open now
	Uploads  int   // open now
	Finished int64 // uploads answered OK
	Failed   int64 // uploads that were refused, broken off or not durable
	Rejected int64 // connections turned away: limits or login
}
