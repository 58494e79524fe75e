package pipeline_test

import (
	"bytes"
	"io"
	"testing"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/internal/pipeline"
	"damtshilfe/internal/sample"
)

// No attachment goes on without the scanner's word; when it is back, it is asked again.
func TestScanner(t *testing.T) {
	w := newWorld(t)
	var says error = io.EOF
	clean := false
	w.scanner = func(pdf []byte) (bool, error) {
		if !bytes.HasPrefix(pdf, []byte("%PDF-")) {
			t.Errorf("%.10q is not the attachment", pdf)
		}
		return clean, says
	}
	w.restart()
	id := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1, func(s *sample.Spec) { s.Anhaenge = []amtshilfe.Anhang{sample.PDF("a.pdf", "Bescheid")} })), Seq: 1}
	w.work()
	w.is(id, amtshilfe.Held, "ANHANG-UNGEPRUEFT")
	says = nil
	again := func() {
		must(t, w.Retry(t.Context(), id, pipeline.Decision{Wer: "meier", Grund: "-"}))
		w.work()
	}
	again()
	w.is(id, amtshilfe.Held, "ANHANG-VIRUS")
	clean = true
	again()
	w.is(id, amtshilfe.Sent)
}
