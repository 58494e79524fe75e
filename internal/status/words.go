package status

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"damtshilfe/internal/amtshilfe"
)

// group is the colour of a state: what it means for the operator.
type group string

const (
	groupMoving  group = "moving"  // goes on by itself
	groupWaiting group = "waiting" // a person decides
	groupDone    group = "done"
	groupRefused group = "refused" // ended without having been handed over
)

type label struct {
	Text  string
	Group group
}

var stateLabels = map[amtshilfe.State]label{
	amtshilfe.Valid: {"geprüft", groupMoving}, amtshilfe.Resolved: {"Behörde ermittelt", groupMoving},
	amtshilfe.Waiting: {"wartet auf Vorgänger", groupMoving}, amtshilfe.Reserved: {"Versand vorbereitet", groupMoving},
	amtshilfe.Sending: {"wird gesendet", groupMoving}, amtshilfe.Sent: {"übergeben", groupMoving},
	amtshilfe.Delivered: {"abgeholt", groupDone}, amtshilfe.DeliveredWarned: {"abgeholt mit Hinweis", groupDone},
	amtshilfe.Bundled: {"im Stapel", groupMoving}, amtshilfe.Spooled: {"im Druck", groupMoving},
	amtshilfe.Printed: {"gedruckt", groupMoving}, amtshilfe.Enclosed: {"kuvertiert", groupMoving},
	amtshilfe.Posted: {"eingeliefert", groupDone}, amtshilfe.Returned: {"Rückläufer", groupWaiting},
	amtshilfe.Held: {"Rückfrage", groupWaiting}, amtshilfe.Rejected: {"abgewiesen", groupRefused},
	amtshilfe.Refused: {"technisch zurückgewiesen", groupRefused}, amtshilfe.Duplicate: {"Duplikat", groupRefused},
	amtshilfe.Withdrawn: {"zurückgezogen", groupRefused}, amtshilfe.GivenUp: {"nicht übermittelt", groupRefused},
	amtshilfe.Applied: {"ausgeführt", groupDone},
}

var dropLabels = map[amtshilfe.DropState]label{
	amtshilfe.DropClaiming: {"wird angenommen", groupMoving}, amtshilfe.DropAccepted: {"angenommen", groupMoving},
	amtshilfe.DropOpen: {"in Arbeit", groupMoving}, amtshilfe.DropEnded: {"abgeschlossen", groupDone},
	amtshilfe.DropConflict: {"Konflikt", groupWaiting}, amtshilfe.DropQuarantined: {"in Quarantäne", groupWaiting},
	amtshilfe.DropDuplicate: {"Duplikat", groupRefused},
}

var bundleLabels = map[amtshilfe.BundleState]label{
	amtshilfe.BundleCollected: {"zusammengestellt", groupMoving}, amtshilfe.BundleStaged: {"bereitgestellt", groupMoving},
	amtshilfe.BundlePublishing: {"wird übergeben", groupMoving}, amtshilfe.BundlePublished: {"beim Druckzentrum", groupDone},
	amtshilfe.BundleRecalling: {"wird zurückgeholt", groupMoving},
	amtshilfe.BundleRecalled:  {"zurückgeholt", groupRefused}, amtshilfe.BundleHeld: {"Rückfrage", groupWaiting},
}

var statusLabels = map[amtshilfe.Status]string{
	amtshilfe.StatusAbgeholtHinweis: "abgeholt mit Hinweis", amtshilfe.StatusImDruck: "im Druck", amtshilfe.StatusUebergeben: "übergeben",
	amtshilfe.StatusRuecklaeufer: "Rückläufer", amtshilfe.StatusInKlaerung: "in Klärung", amtshilfe.StatusRueckfrage: "Rückfrage",
	amtshilfe.StatusZurueckgewiesen: "technisch zurückgewiesen", amtshilfe.StatusZurueckgezogen: "zurückgezogen",
	amtshilfe.StatusNichtUebermittlt: "nicht übermittelt", amtshilfe.StatusDuplikat: "Duplikat",
	amtshilfe.StatusAusgefuehrt: "ausgeführt",
}

var ownerLabels = map[amtshilfe.Owner]string{
	amtshilfe.OwnerMandant: "Einlieferer", amtshilfe.OwnerBetrieb: "Betrieb",
	amtshilfe.OwnerDruckzentrum: "Druckzentrum", amtshilfe.OwnerRegisterpflege: "Registerpflege",
}

var triggerLabels = map[string]string{"cron": "Zeitplan", "catch-up": "nachgeholt", "person": "von Hand"}

// or gives the German word for a key, or the key itself where a newer ledger knows more words than this table.
func or[K ~string](words map[K]string, k K) string {
	if w, ok := words[k]; ok {
		return w
	}
	return string(k)
}

func labelOf[K ~string](labels map[K]label, k K) label {
	if l, ok := labels[k]; ok {
		return l
	}
	return label{string(k), groupMoving}
}

// number writes thousands with a full stop.
func number(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "." + s[i:]
	}
	return s
}

// size writes bytes as people read them.
func size(n int64) string {
	const k = 1024
	switch {
	case n < k:
		return fmt.Sprintf("%d Byte", n)
	case n < k*k:
		return comma(float64(n)/k) + " KB"
	case n < k*k*k:
		return comma(float64(n)/(k*k)) + " MB"
	}
	return comma(float64(n)/(k*k*k)) + " GB"
}

func comma(f float64) string { return strings.Replace(strconv.FormatFloat(f, 'f', 1, 64), ".", ",", 1) }

// span writes a duration in its largest unit, with the case that "seit" and "vor" want: "3 Minuten", "2 Tagen".
func span(d time.Duration) string {
	for _, u := range []struct {
		d         time.Duration
		one, many string
	}{{24 * time.Hour, "1 Tag", "Tagen"}, {time.Hour, "1 Stunde", "Stunden"}, {time.Minute, "1 Minute", "Minuten"}} {
		if n := int(d / u.d); n == 1 {
			return u.one
		} else if n > 1 {
			return number(n) + " " + u.many
		}
	}
	return "weniger als 1 Minute"
}
