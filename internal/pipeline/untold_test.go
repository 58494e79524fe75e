package pipeline_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"damtshilfe/internal/amtshilfe"
	"damtshilfe/mapping"
)

// Receipt 1 says what was taken in, from the rows as they are: until it is out, an 008 waits.
func TestEinstellungBeforeReceipt(t *testing.T) {
	w := newWorld(t)
	w.reg.err = errors.New("away")
	request := amtshilfe.DeliveryID{Drop: w.put(w.ersuchen(1)), Seq: 1}
	inTheWay := filepath.Join(w.dir, "accounts", account, "out", mapping.ReceiptName("drop-1.xml", request.Drop, 1, "xml"))
	must(t, os.Mkdir(inTheWay, 0o700))
	w.work()
	message := w.drop(w.follow(amtshilfe.KindEinstellung, 1))
	w.is(request, amtshilfe.Valid)
	w.is(message, amtshilfe.Valid)
	must(t, os.Remove(inTheWay))
	w.later(time.Hour)
	w.work()
	w.later(time.Hour)
	w.work()
	w.is(request, amtshilfe.Withdrawn)
	w.is(message, amtshilfe.Withdrawn)
}
