package main

import (
	"errors"
	"fmt"
	"strings"
	"syscall"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/printstreet"
)

func TestAdvice(t *testing.T) {
	for _, tt := range []struct {
		name string
		err  error
		want string
	}{
		{"a full disk", fmt.Errorf("write x: %w", syscall.ENOSPC), "The disk that data_dir is on is full"},
		{"a letter that cannot be printed", fmt.Errorf("proof: %w", &printstreet.LetterError{Fault: amtshilfe.Fault{Code: "DRUCK-UMFANG", Text: "Zu viele Blätter."}}), "Zu viele Blätter."},
		{"anything else", errors.New("no such bundle"), ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := advice(tt.err); !strings.HasPrefix(got, tt.want) || tt.want == "" && got != "" {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}
