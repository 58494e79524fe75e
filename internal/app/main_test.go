package app_test

import (
	"os"
	"testing"

	"damtshilfe/internal/schema"
)

// TestMain lets the test binary be the schema child of the gateways it starts.
func TestMain(m *testing.M) {
	schema.ChildMain()
	os.Exit(m.Run())
}
