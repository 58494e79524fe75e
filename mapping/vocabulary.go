package mapping

import "damtshilfe/internal/amtshilfe"

// vocabulary is the one table of domain fields: what a pack.yaml may name where, and what it sets.
var vocabulary = map[scope]words{
	inMessage: {
		fields: map[string]setter{
			"uuid":           lower(func(c *cursor) *string { return &c.m.Kopf.UUID }),
			"erstellt":       dateTime(func(c *cursor) *dateT { return &c.m.Kopf.Erstellt }),
			"test":           boolean(func(c *cursor) *bool { return &c.m.Kopf.Test }),
			"bezug":          lower(func(c *cursor) *string { return &c.m.Bezug.UUID }),
			"bezug.ersuchen": lower(func(c *cursor) *string { return &c.m.Bezug.Ersuchen }),

			"einnahmeart":         token(func(c *cursor) *string { return &c.ersuchen().Einnahmeart.Code }),
			"einnahmeart.name":    text(func(c *cursor) *string { return &c.ersuchen().Einnahmeart.Name }),
			"einnahmeart.liste":   token(func(c *cursor) *string { return &c.ersuchen().Einnahmeart.List }),
			"einnahmeart.version": token(func(c *cursor) *string { return &c.ersuchen().Einnahmeart.Version }),

			"ersuchenVom":              date(func(c *cursor) *dateT { return &c.ersuchen().Vom }),
			"wunschempfaenger":         token(func(c *cursor) *string { return &c.ersuchen().Wunschempfaenger }),
			"wunschempfaenger.grund":   token(func(c *cursor) *string { return &c.ersuchen().WunschGrund }),
			"vorgaenger":               lower(func(c *cursor) *string { return &c.ersuchen().Vorgaenger }),
			"glaeubiger":               text(func(c *cursor) *string { return &c.ersuchen().Glaeubiger }),
			"glaeubiger.kassenzeichen": text(func(c *cursor) *string { return &c.ersuchen().GlaeubigerKassenzeichen }),
			"bescheinigt":              boolean(func(c *cursor) *bool { return &c.ersuchen().Bescheinigt }),
			"massnahme":                tokens(func(c *cursor) *[]string { return &c.ersuchen().Massnahmen }),
			"gefahr":                   token(func(c *cursor) *string { stand, _ := c.gefahr(); return stand }),
			"gefahr.text":              text(func(c *cursor) *string { _, text := c.gefahr(); return text }),
			"iban":                     token(func(c *cursor) *string { return &c.bank().IBAN }),
			"kontoinhaber":             text(func(c *cursor) *string { return &c.bank().Kontoinhaber }),
			"bic":                      token(func(c *cursor) *string { return &c.bank().BIC }),
			"verwendungszweck":         text(func(c *cursor) *string { return &c.bank().Verwendungszweck }),
			"angeordnet.beschreibung":  text(func(c *cursor) *string { return &c.ersuchen().AngeordnetVon.Beschreibung }),
			"angeordnet.name":          text(func(c *cursor) *string { return &c.ersuchen().AngeordnetVon.Name }),
			"angeordnet.funktion":      text(func(c *cursor) *string { return &c.ersuchen().AngeordnetVon.Funktion }),

			"einstellung.art":            token(func(c *cursor) *string { return &c.m.Einstellung.Art }),
			"einstellung.bis":            date(func(c *cursor) *dateT { return &c.m.Einstellung.Bis }),
			"einstellung.buchungsnummer": claim(texts(func(c *cursor) *[]string { return &c.m.Einstellung.Buchungsnummern })),
			"einstellung.massnahme":      tokens(func(c *cursor) *[]string { return &c.m.Einstellung.Massnahmen }),
			"einstellung.grund":          text(func(c *cursor) *string { return &c.m.Einstellung.Grund }),

			"stichtag": date(func(c *cursor) *dateT { return &c.m.Aenderung.Stichtag }),

			"sachstand":               token(func(c *cursor) *string { return &c.m.Sachstand.Stand }),
			"sachstand.massnahme":     tokens(func(c *cursor) *[]string { return &c.m.Sachstand.Massnahmen }),
			"sachstand.wiedervorlage": date(func(c *cursor) *dateT { return &c.m.Sachstand.Wiedervorlage }),

			"ergebnis":              token(func(c *cursor) *string { return &c.m.Abschluss.Ergebnis }),
			"abgefuehrt.am":         date(func(c *cursor) *dateT { return &c.m.Abschluss.AbgefuehrtAm }),
			"abgefuehrt.betrag":     cents(func(c *cursor) *amtshilfe.Cents { return &c.m.Abschluss.Abgefuehrt }),
			"kosten.gedeckt":        cents(func(c *cursor) *amtshilfe.Cents { return &c.m.Abschluss.Gedeckt }),
			"kosten.uneinbringlich": cents(func(c *cursor) *amtshilfe.Cents { return &c.m.Abschluss.Uneinbringlich }),
			"kosten.zuErstatten":    cents(func(c *cursor) *amtshilfe.Cents { return &c.m.Abschluss.ZuErstatten }),

			"transportID":            text(func(c *cursor) *string { return &c.m.TransportID }),
			"wer":                    text(func(c *cursor) *string { return &c.m.Entscheidung.Wer }),
			"aktenzeichenEmpfaenger": text(func(c *cursor) *string { return &c.m.AktenzeichenEmpfaenger }),
			"verbleib":               token(func(c *cursor) *string { return &c.m.Verbleib }),
			"text":                   text(func(c *cursor) *string { return &c.m.Text }),
		},
		groups: map[string]group{
			"absender":         {in: inAkteur, enter: func(c *cursor, _ int) { c.akteur = &c.m.Kopf.Absender }},
			"empfaenger":       {in: inAkteur, enter: func(c *cursor, _ int) { c.m.Kopf.Empfaenger = c.newAkteur() }},
			"anBehoerde":       {in: inAkteur, enter: func(c *cursor, _ int) { c.m.AnBehoerde = c.newAkteur() }},
			"schuldner":        {in: inSchuldner, enter: func(c *cursor, _ int) { c.schuldner = add(c.debtors()) }, leave: (*cursor).leaveSchuldner},
			"anfrageanschrift": {in: inAnschrift, enter: func(c *cursor, _ int) { c.enterAnfrage() }, leave: (*cursor).leaveAnfrage},
			"weiteresErsuchen": {in: inWeiteresErsuchen, enter: func(c *cursor, _ int) { c.behoerde, c.aktenzeichen = "", "" }, leave: (*cursor).leaveWeiteres},
			"wahl":             {in: inWahl, enter: func(c *cursor, _ int) { c.wahl = add(&c.m.Entscheidung.Wahl) }},
			"widerruf":         {in: inWahl, enter: func(c *cursor, _ int) { c.enterWiderruf() }},
			"titel":            {in: inTitel, enter: func(c *cursor, _ int) { c.titel = add(&c.ersuchen().Titel) }},
			"forderung":        {in: inForderung, enter: func(c *cursor, _ int) { c.forderung = add(&c.ersuchen().Forderungen) }},
			"anhang":           {in: inAnhang, enter: func(c *cursor, _ int) { c.anhang = add(c.anhaenge()) }},
			"grund":            {in: inGrund, enter: func(c *cursor, _ int) { c.grund = add(&c.m.Gruende) }},
			"neueAnschrift": {in: inAnschrift, enter: func(c *cursor, _ int) {
				c.m.NeueAnschrift = new(amtshilfe.Postanschrift)
				c.enterAnschrift(c.m.NeueAnschrift)
			}, leave: (*cursor).leaveAnschrift},

			"sollAenderung":         aenderung(amtshilfe.BuchungSollAenderung),
			"ist":                   aenderung(amtshilfe.BuchungIst),
			"stundung":              aenderung(amtshilfe.BuchungStundung),
			"erlass":                aenderung(amtshilfe.BuchungErlass),
			"niederschlagung":       aenderung(amtshilfe.BuchungNiederschlagung),
			"aussetzungVollziehung": aenderung(amtshilfe.BuchungAussetzungVollziehung),
			"restforderung":         {in: inRest, enter: func(c *cursor, _ int) { c.rest = add(&c.m.Aenderung.Rest) }},
			"zahlung": {in: inBuchung, enter: func(c *cursor, _ int) {
				c.buchung = add(&c.m.Zahlungen)
				c.buchung.Art = amtshilfe.BuchungIst
			}},
			"beigetrieben": {in: inBeigetrieben, enter: func(c *cursor, _ int) { c.beigetrieben = add(&c.m.Abschluss.Beigetrieben) }},
		},
	},
	inAkteur: {
		fields: map[string]setter{
			"kennung":      token(func(c *cursor) *string { return &c.akteur.Kennung }),
			"verfahren":    text(func(c *cursor) *string { return &c.akteur.Verfahren }),
			"aktenzeichen": text(func(c *cursor) *string { return &c.akteur.Aktenzeichen }),
		},
		groups: map[string]group{
			"person": {in: inPerson, enter: func(c *cursor, off int) { c.enterPerson(&c.akteur.Person, off) }},
		},
	},
	inPerson: {
		fields: map[string]setter{
			"anrede":       text(func(c *cursor) *string { return &c.person.Anrede }),
			"titel":        text(func(c *cursor) *string { return &c.person.Titel }),
			"vorname":      text(func(c *cursor) *string { return &c.person.Vorname }),
			"familienname": text(func(c *cursor) *string { return &c.person.Familienname }),
			"geburtsname":  text(func(c *cursor) *string { return &c.person.Geburtsname }),
			"geburtsdatum": date(func(c *cursor) *dateT { return &c.person.Geburtsdatum }),
			"sterbedatum":  date(func(c *cursor) *dateT { return &c.person.Sterbedatum }),
			"firma":        text(func(c *cursor) *string { return &c.person.Firma }),
			"rechtsform":   token(func(c *cursor) *string { return &c.person.Rechtsform }),
			"empfaenger":   text(func(c *cursor) *string { return &c.person.Empfaenger }),
		},
		groups: map[string]group{
			"natuerlichePerson": {in: inCounted, enter: func(c *cursor, _ int) { c.persons++ }},
			"juristischePerson": {in: inCounted, enter: func(c *cursor, _ int) { c.persons++ }},
			"kommunikation":     {in: inKommunikation, enter: func(c *cursor, _ int) { c.kommunikation = add(&c.person.Kommunikation) }},
			"anschrift": {in: inAnschrift, enter: func(c *cursor, _ int) { c.enterAnschrift(add(&c.person.Anschriften)) },
				leave: (*cursor).leaveAnschrift},
		},
	},
	inAnschrift: {fields: map[string]setter{
		"typ":                   tokens(func(c *cursor) *[]string { return &c.anschrift.Typen }),
		"strasse":               text(func(c *cursor) *string { return &c.anschrift.Strasse }),
		"hausnummer":            text(func(c *cursor) *string { return &c.anschrift.Hausnummer }),
		"hausnummernzusatz":     text(func(c *cursor) *string { return &c.anschrift.HausnummerZusatz }),
		"postleitzahl":          text(func(c *cursor) *string { return &c.anschrift.Postleitzahl }),
		"ort":                   text(func(c *cursor) *string { return &c.anschrift.Ort }),
		"ortsteil":              text(func(c *cursor) *string { return &c.anschrift.Ortsteil }),
		"staat":                 token(func(c *cursor) *string { return &c.anschrift.Staat }),
		"adressierungszusatz":   text(func(c *cursor) *string { return &c.anschrift.Zusatz }),
		"von":                   date(func(c *cursor) *dateT { return &c.anschrift.Von }),
		"bis":                   date(func(c *cursor) *dateT { return &c.anschrift.Bis }),
		"postfach":              text(func(c *cursor) *string { return &c.postfach.Postfach }),
		"postfach.postleitzahl": text(func(c *cursor) *string { return &c.postfach.Postleitzahl }),
		"postfach.ort":          text(func(c *cursor) *string { return &c.postfach.Ort }),
		"postfach.staat":        token(func(c *cursor) *string { return &c.postfach.Staat }),
	}},
	inKommunikation: {fields: map[string]setter{
		"kennung": text(func(c *cursor) *string { return &c.kommunikation.Kennung }),
		"kanal":   token(func(c *cursor) *string { return &c.kommunikation.Kanal }),
	}},
	inSchuldner: {
		fields: map[string]setter{"rolle": token(func(c *cursor) *string { return &c.schuldner.Rolle })},
		groups: map[string]group{
			"person":        {in: inPerson, enter: func(c *cursor, off int) { c.enterPerson(&c.schuldner.Person, off) }, leave: (*cursor).leaveSchuldnerPerson},
			"schutzvermerk": {in: inSchutzvermerk, enter: func(c *cursor, _ int) { c.schutzvermerk = add(&c.schuldner.Schutzvermerk) }},
			"insolvenz": {in: inInsolvenz, enter: func(c *cursor, _ int) {
				c.schuldner.Insolvenz = new(amtshilfe.Insolvenz)
				c.insolvenz = c.schuldner.Insolvenz
			}},
		},
	},
	inSchutzvermerk: {fields: map[string]setter{
		"art":  token(func(c *cursor) *string { return &c.schutzvermerk.Art }),
		"text": text(func(c *cursor) *string { return &c.schutzvermerk.Text }),
		"bis":  date(func(c *cursor) *dateT { return &c.schutzvermerk.Bis }),
	}},
	inInsolvenz: {fields: map[string]setter{
		"gericht":      text(func(c *cursor) *string { return &c.insolvenz.Gericht }),
		"aktenzeichen": text(func(c *cursor) *string { return &c.insolvenz.Aktenzeichen }),
		"eroeffnetAm":  date(func(c *cursor) *dateT { return &c.insolvenz.EroeffnetAm }),
		"anspruch":     token(func(c *cursor) *string { return &c.insolvenz.Anspruch }),
	}},
	inWeiteresErsuchen: {fields: map[string]setter{
		"behoerde":     text(func(c *cursor) *string { return &c.behoerde }),
		"aktenzeichen": text(func(c *cursor) *string { return &c.aktenzeichen }),
	}},
	inTitel: {fields: map[string]setter{
		"id":               token(func(c *cursor) *string { return &c.titel.ID }),
		"art":              token(func(c *cursor) *string { return &c.titel.Art }),
		"erlassendeStelle": text(func(c *cursor) *string { return &c.titel.ErlassendeStelle }),
		"datum":            date(func(c *cursor) *dateT { return &c.titel.Datum }),
		"bekanntgabe.am":   date(func(c *cursor) *dateT { return &c.titel.BekanntgabeAm }),
		"bekanntgabe.art":  token(func(c *cursor) *string { return &c.titel.BekanntgabeArt }),
		"aktenzeichen":     text(func(c *cursor) *string { return &c.titel.Aktenzeichen }),
		"gegenstand":       text(func(c *cursor) *string { return &c.titel.Gegenstand }),

		"unanfechtbarSeit":                 date(func(c *cursor) *dateT { return &c.titel.Vollstreckbarkeit.UnanfechtbarSeit }),
		"sofortigeVollziehungAngeordnetAm": date(func(c *cursor) *dateT { return &c.titel.Vollstreckbarkeit.SofortigeVollziehungAngeordnetAm }),
		"keineAufschiebendeWirkung":        text(func(c *cursor) *string { return &c.titel.Vollstreckbarkeit.KeineAufschiebendeWirkung }),
		"kraftGesetzes":                    text(func(c *cursor) *string { return &c.titel.Vollstreckbarkeit.KraftGesetzes }),

		"mahnung.am":               date(func(c *cursor) *dateT { return &c.titel.MahnungAm }),
		"mahnung.unterbliebenWeil": text(func(c *cursor) *string { return &c.titel.MahnungUnterblieben }),
		"verjaehrtAm":              date(func(c *cursor) *dateT { return &c.titel.VerjaehrtAm }),
	}},
	inForderung: {
		fields: map[string]setter{
			"titel":          token(func(c *cursor) *string { return &c.forderung.Titel }),
			"buchungsnummer": text(func(c *cursor) *string { return &c.forderung.Buchungsnummer }),
			"haushaltsjahr":  token(func(c *cursor) *string { return &c.forderung.Haushaltsjahr }),
			"kassenzeichen":  text(func(c *cursor) *string { return &c.forderung.Kassenzeichen }),
			"buchungstext":   text(func(c *cursor) *string { return &c.forderung.Buchungstext }),
			"zahlungsgrund":  text(func(c *cursor) *string { return &c.forderung.Zahlungsgrund }),
			"forderungsart":  token(func(c *cursor) *string { return &c.forderung.Forderungsart }),
			"forderungstyp":  token(func(c *cursor) *string { return &c.forderung.Forderungstyp }),
			"brutto":         cents(func(c *cursor) *amtshilfe.Cents { return &c.forderung.Brutto }),
			"waehrung":       token(func(c *cursor) *string { return &c.forderung.Waehrung }),
			"faelligkeit":    date(func(c *cursor) *dateT { return &c.forderung.Faelligkeit }),
		},
		groups: map[string]group{
			"saeumnis": {in: inSaeumnis, enter: func(c *cursor, _ int) {
				c.forderung.Saeumnis = new(amtshilfe.Saeumnis)
				c.saeumnis = c.forderung.Saeumnis
			}},
		},
	},
	inSaeumnis: {fields: map[string]setter{
		"art":           token(func(c *cursor) *string { return &c.saeumnis.Art }),
		"satz":          token(func(c *cursor) *string { return &c.saeumnis.Satz }),
		"basis":         cents(func(c *cursor) *amtshilfe.Cents { return &c.saeumnis.Basis }),
		"berechnetBis":  date(func(c *cursor) *dateT { return &c.saeumnis.BerechnetBis }),
		"laeuftWeiter":  boolean(func(c *cursor) *bool { return &c.saeumnis.LaeuftWeiter }),
		"mitBeitreiben": boolean(func(c *cursor) *bool { return &c.saeumnis.MitBeitreiben }),
	}},
	inAnhang: {fields: map[string]setter{
		"dateiname": text(func(c *cursor) *string { return &c.anhang.Dateiname }),
		"sha256":    token(func(c *cursor) *string { return &c.anhang.SHA256 }),
		"inhalt":    func(c *cursor, v []byte, off int) { c.anhang.Inhalt = c.slice(v, off) },
	}},
	inGrund: {
		fields: map[string]setter{
			"code":                  token(func(c *cursor) *string { return &c.grund.Code }),
			"text":                  func(c *cursor, v []byte, _ int) { c.grund.Text = joined(c.grund.Text, " ", c.str(v)) },
			"sterbedatum":           date(func(c *cursor) *dateT { return &c.grund.Sterbedatum }),
			"vermoegensauskunftVom": date(func(c *cursor) *dateT { return &c.grund.VermoegensauskunftVom }),
		},
		groups: map[string]group{
			"neueAnschrift": {in: inAnschrift, enter: func(c *cursor, _ int) {
				c.grund.NeueAnschrift = new(amtshilfe.Postanschrift)
				c.enterAnschrift(c.grund.NeueAnschrift)
			}, leave: (*cursor).leaveAnschrift},
			"insolvenz": {in: inInsolvenz, enter: func(c *cursor, _ int) {
				c.grund.Insolvenz = new(amtshilfe.Insolvenz)
				c.insolvenz = c.grund.Insolvenz
			}},
		},
	},
	inBuchung: {fields: map[string]setter{
		"ursprung":       claim(text(func(c *cursor) *string { return &c.buchung.Ursprung })),
		"buchungsnummer": text(func(c *cursor) *string { return &c.buchung.Buchungsnummer }),
		"betrag":         cents(func(c *cursor) *amtshilfe.Cents { return &c.buchung.Betrag }),
		"waehrung":       token(func(c *cursor) *string { return &c.buchung.Waehrung }),
		"am":             date(func(c *cursor) *dateT { return &c.buchung.Am }),
		"wirksamAm":      date(func(c *cursor) *dateT { return &c.buchung.WirksamAm }),
		"ende":           date(func(c *cursor) *dateT { return &c.buchung.Ende }),
		"aufhebung":      boolean(func(c *cursor) *bool { return &c.buchung.Aufhebung }),
		"text":           text(func(c *cursor) *string { return &c.buchung.Text }),
	}},
	inRest: {fields: map[string]setter{
		"buchungsnummer": claim(text(func(c *cursor) *string { return &c.rest.Buchungsnummer })),
		"betrag":         cents(func(c *cursor) *amtshilfe.Cents { return &c.rest.Betrag }),
	}},
	inBeigetrieben: {fields: map[string]setter{
		"buchungsnummer": claim(text(func(c *cursor) *string { return &c.beigetrieben.Buchungsnummer })),
		"betrag":         cents(func(c *cursor) *amtshilfe.Cents { return &c.beigetrieben.Betrag }),
	}},
	inWahl: {fields: map[string]setter{
		"uuid":            lower(func(c *cursor) *string { return &c.wahl.UUID }),
		"lieferungID":     token(func(c *cursor) *string { return &c.wahl.LieferungID }),
		"verfahren":       token(func(c *cursor) *string { return &c.wahl.Verfahren }),
		"uebertragungsID": number(func(c *cursor) *int64 { return &c.wahl.UebertragungsID }),
		"wahl":            token(func(c *cursor) *string { return &c.wahl.Wahl }),
	}},
	inCounted: {},
}
