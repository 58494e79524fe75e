package main

import (
	"bytes"
	"strings"
	"testing"
)

// A decision without a reason is none: it is refused before the configuration is looked for.
func TestDecisionsNeedAReason(t *testing.T) {
	for _, command := range []string{"reprint B261122-5ECBDD.1", "bundle recall B261122-5ECBDD", "release D261122-5ECBDDAAAA.1"} {
		for _, reason := range []string{"", " \t"} {
			var out, errOut bytes.Buffer
			args := append(strings.Fields(command), "--config", t.TempDir()+"/none.yaml", "--grund="+reason)
			if code := run(t.Context(), args, &out, &errOut); code != exitUsage || !strings.Contains(errOut.String(), "--grund: wants a reason") {
				t.Errorf("%s with the reason %q exits %d: %s", command, reason, code, errOut.String())
			}
		}
	}
}
