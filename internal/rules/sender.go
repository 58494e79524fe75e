package rules

import (
	"slices"
	"strings"

	"damtshilfe/internal/amtshilfe"
)

// Sender keeps what is always said, whatever else is wrong with a message: who may send, and the test flag.
func Sender(findings []amtshilfe.Finding) []amtshilfe.Finding {
	return slices.DeleteFunc(findings, func(f amtshilfe.Finding) bool {
		return !strings.HasPrefix(f.Code, "ABS-") && !strings.HasPrefix(f.Code, "TEST-")
	})
}
