package demo

import (
	"strings"
	"text/template"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/certs"
)

const registerText = `# Written by gateway demo; changes are overwritten by the next run.
betriebsart: test
operator: {kennung: "rz:register", name: Demo-Register}
register:
  serve: {listen: "%s", directory: directory.yaml, cert: ../pki/register-server.pem, key: ../pki/register-server.key, client_ca: ../pki/ca.pem}
`

var configText = template.Must(template.New("config").Parse(`# Written by gateway demo; changes are overwritten by the next run.
data_dir: ./var
betriebsart: test
operator: {kennung: "rz:demo-{{.Letter}}", name: "Demo-Rechenzentrum {{.Upper}}", anschriftzeilen: ["Rechenzentrumsweg 1"], kuerzel: DEMO{{.Upper}}}
participants:
{{range .Offices}}  - account: {{.Account}}
    name: {{printf "%q" .Name}}
    kennungen: [{{printf "%q" .Kennung}}]
    sftp_keys: [../pki/{{if eq .Kennung $.Sender}}sender{{else}}office{{end}}.pub]
{{if eq .Kennung $.Sender}}    watch: [../watched]
{{end}}{{end}}sftp: {listen: "{{.Site.SFTP}}", host_keys: [../pki/{{.Site.Name}}-host.ssh]}
intake: {settle: {{.Timing.Settle}}, scan_every: {{.Timing.Scan}}, min_free: 64MiB}
register: {servers: ["https://{{.Register}}"], cert: ../pki/{{.Site.Name}}-client.pem, key: ../pki/{{.Site.Name}}-client.key, ca: ../pki/ca.pem}
xta:
  client: {cert: ../pki/{{.Site.Name}}-client.pem, key: ../pki/{{.Site.Name}}-client.key, ca: ../pki/ca.pem, timeout: {{.Timing.XTATimeout}}, report_schedule: [{{range $i, $d := .Timing.Reports}}{{if $i}}, {{end}}{{$d}}{{end}}]}
  server:
    listen: "{{.Site.XTA}}"
    cert: ../pki/{{.Site.Name}}-server.pem
    key: ../pki/{{.Site.Name}}-server.key
    client_ca: ../pki/ca.pem
    accounts:
{{range .Accounts}}      - {kennungen: [{{range $i, $k := .Kennungen}}{{if $i}}, {{end}}{{printf "%q" $k}}{{end}}], certificates: [{{printf "%q" .Certificate}}]}
{{end}}runs: {fetch: "* * * * *", print: "0 17 * * 1-5", receipts: "* * * * *"}
status: {listen: "{{.Site.Status}}"}
`))

// config writes a site's config.yaml: its participants, and at its XTA server each gateway's certificate for its own kennungen.
func (w *World) config(s Site, t Timing) error {
	type account struct {
		Kennungen   []string
		Certificate string
	}
	data := struct {
		Letter, Upper, Sender, Register string
		Site                            Site
		Timing                          Timing
		Offices                         []Office
		Accounts                        []account
	}{Letter: s.Name[3:], Upper: strings.ToUpper(s.Name[3:]), Sender: SenderKennung, Register: w.Register, Site: s, Timing: t}
	for _, site := range []Site{w.A, w.B} {
		cert, err := w.read("pki/" + site.Name + "-client.pem")
		if err != nil {
			return err
		}
		fingerprint, err := certs.Pair{Cert: cert}.Fingerprint()
		if err != nil {
			return err
		}
		a := account{Certificate: fingerprint}
		for _, e := range w.Dirs.All(amtshilfe.Test) {
			if o, ok := w.Offices[e.Kennung]; ok && o.Site == site.Name {
				a.Kennungen = append(a.Kennungen, o.Kennung)
				if site.Name == s.Name {
					data.Offices = append(data.Offices, o)
				}
			}
		}
		data.Accounts = append(data.Accounts, a)
	}
	var text strings.Builder
	if err := configText.Execute(&text, data); err != nil {
		return err
	}
	return w.write(s.Name+"/config.yaml", []byte(text.String()))
}
