package pipeline

import (
	"damtshilfe/internal/amtshilfe"
	"damtshilfe/mapping"
)

// payloadSchema is the namespace of all messages that travel by XTA (profil.md 6).
const payloadSchema = mapping.ProfilNS

// rootOf is the root element of a message, which is also its XTA MessageType code (profil.md 3, 6).
func rootOf(k amtshilfe.Kind) string {
	return "vollstreckungshilfe." + rootNames[k] + "." + k.String()
}

var rootNames = map[amtshilfe.Kind]string{
	amtshilfe.KindErsuchen: "Ersuchen", amtshilfe.KindEingangsbestaetigung: "Eingangsbestaetigung", amtshilfe.KindZurueckweisung: "Zurueckweisung",
	amtshilfe.KindWeiterleitung: "Weiterleitung", amtshilfe.KindForderungsaenderung: "Forderungsaenderung", amtshilfe.KindEinstellung: "Einstellung",
	amtshilfe.KindSachstandAnfrage: "SachstandAnfrage", amtshilfe.KindSachstandAntwort: "SachstandAntwort", amtshilfe.KindZahlungsmitteilung: "Zahlungsmitteilung",
	amtshilfe.KindAbschluss: "Abschluss", amtshilfe.KindRueckweisung: "Rueckweisung", amtshilfe.KindErgaenzung: "Ergaenzung",
}
