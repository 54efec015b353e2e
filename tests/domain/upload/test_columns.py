"""Columns are found by what people call them, and files for other purposes are turned away."""
# ruff: noqa: RUF001  the apostrophes are those that spreadsheets write

import pytest

from b2b.domain.upload import Upload, safe_line
from b2b.domain.upload.names import known_name
from b2b.flows import census_papers, day_book, results, sweep_report
from tests.domain.upload.reading import tell_text

CALLED = {
    "email": "E-Mail|e_mail|EMAIL ADDRESS|E-Mail-Adresse|Adresse électronique|Correo electrónico|"
    "Posta elettronica|Correio eletrônico|E-mailadres|E-postadress|E-postadresse|Mailadresse|"
    "Sähköposti|InvitedUserEmailAddress|Email*|Email (required)|Email [Required]",
    "displayName": "Display name|Anzeigename|Nom complet|Nombre completo|Nome completo|"
    "Nome de exibição|Weergavenaam|Visningsnamn|Visningsnavn|Näyttönimi",
    "givenName": "First Name|Vorname|Prénom|Nombre de pila|Primeiro nome|Voornaam|Förnamn|Fornavn|"
    "Etunimi",
    "surname": "Last name|Nachname|Nom de famille|Apellidos|Cognome|Sobrenome|Achternaam|Efternamn|"
    "Etternavn|Efternavn|Sukunimi",
    "companyName": "Company|Firma|Société|Empresa|Azienda|Empresa|Bedrijf|Företag|Virksomhed|"
    "Bedrift|Yritys",
    "groups": "Groups|Gruppen|Groupes|Grupos|Gruppi|Groepen|Grupper|Ryhmät",
    "accessPackages": "Access packages|Zugriffspakete|Packages d’accès|Paquetes de acceso|"
    "Pacchetti di accesso|Pacotes de acesso|Toegangspakketten|Åtkomstpaket|Adgangspakker|"
    "Tilgangspakker|Käyttöoikeuspaketit",
    "removeGroups": "Remove groups|removeGroup|Gruppen entfernen|Retirer des groupes|Quitar grupos|"
    "Rimuovi gruppi|Remover grupos|Groepen verwijderen|Ta bort grupper|Fjern grupper|Poista ryhmät",
    "removeAccessPackages": "Remove access packages|Zugriffspakete entfernen|"
    "Retirer packages d’accès|Quitar paquetes de acceso|Rimuovi pacchetti di accesso|"
    "Remover pacotes de acesso|Toegangspakketten verwijderen|Ta bort åtkomstpaket|"
    "Fjern adgangspakker|Fjern tilgangspakker|Poista käyttöoikeuspaketit",
    "sponsorEmail": "Sponsor|Gastgeber|Parrain|Patrocinador|Responsabile|Responsável|"
    "Contactpersoon|Ansvarig|Kontaktperson|Yhteyshenkilö",
    "expiresOn": "Expires on|Gültig bis|Gueltig bis|Date d’expiration|Fecha de caducidad|Scadenza|"
    "Data de expiração|Vervaldatum|Utgångsdatum|Udløbsdato|Utløpsdato|Vanhenemispäivä",
    "language": "Language|Sprache|Langue|Idioma|Lingua|Taal|Språk|Sprog|Kieli",
    "message": "Message|Nachricht|Mensaje|Messaggio|Mensagem|Bericht|Meddelande|Besked|Melding|"
    "Viesti",
    "redirectUrl": "Redirect URL|Umleitungs-URL|URL de redirection|URL de redirección|"
    "URL di reindirizzamento|URL de redirecionamento|Omleidings-URL|Omdirigerings-URL|"
    "Uudelleenohjausosoite",
    "sendInvitation": "Send invitation|Einladung senden|Envoyer l’invitation|Enviar invitación|"
    "Invia invito|Enviar convite|Uitnodiging verzenden|Skicka inbjudan|Send invitasjon|"
    "Lähetä kutsu",
    "delivery": "Delivery|Zustellung|Livraison|Entrega|Consegna|Bezorging|Leverans|Levering|"
    "Toimitus",
    "correlationId": "Correlation ID|Vorgangsnummer|Référence|Referencia|Riferimento|Referentie|"
    "Referens|Referanse|Viite|Ticket",
}


@pytest.mark.parametrize(
    ("called", "meant"), [(one, name) for name, all_ in CALLED.items() for one in all_.split("|")]
)
def test_a_column_is_known_by_the_names_people_give_it(called: str, meant: str) -> None:
    assert known_name(called) == meant
    assert known_name(f"  {called.upper()} ") == meant


@pytest.mark.parametrize(
    "called", ["", "Abteilung", "E-mail 2 Address", "E-Mail 2 sent", "[foo] email"]
)
def test_other_names_mean_no_column(called: str) -> None:
    assert known_name(called) == ""


@pytest.mark.parametrize(
    ("header", "columns"),
    [
        ("email,name", ("email", "displayName")),
        ("email,name,vorname", ("email", "surname", "givenName")),
        ("email,nome,cognome", ("email", "givenName", "surname")),
        ("email,name,first name", ("email", "displayName", "givenName")),
        ("email,name,last name", ("email", "displayName", "surname")),
        ("email,nom,prénom", ("email", "surname", "givenName")),
        ("email,name,displayName", ("email", "", "displayName")),
        ("email,name,givenName,surname", ("email", "displayName", "givenName", "surname")),
        ("email,upn", ("email", "")),
        ("Email (like anna@example.com),name", ("email", "displayName")),
        ("email,,x", ("email", "", "")),
    ],
)
def test_columns_beside_each_other_tell_what_a_name_is(
    header: str, columns: tuple[str, ...]
) -> None:
    upload = tell_text(header + "\n").upload

    assert isinstance(upload, Upload)
    assert upload.columns == columns


@pytest.mark.parametrize(
    ("header", "code"),
    [
        ("User name [userPrincipalName] Required", "not_an_invite_file"),
        ("Object ID [objectId] Required", "not_an_invite_file"),
        ("Member object ID [memberObjectIdOrUpn] Required", "not_an_invite_file"),
        ("email,displayName,password", "not_an_invite_file"),
        ("Benutzername,Vorname,Nachname", "not_an_invite_file"),
        ("Username,First name,Job title,Department,Fax", "not_an_invite_file"),
        ("upn,serial number,secret key,manufacturer", "not_an_invite_file"),
        ("userPrincipalName,displayName,userType", "looks_like_directory_export"),
        ("id,userPrincipalName,mail", "looks_like_directory_export"),
        ("mail,userType,accountEnabled", "looks_like_directory_export"),
        ("SamAccountName,DistinguishedName,Mail", "looks_like_directory_export"),
        ("displayName,company", "no_email_column"),
        ("email;e-mail;displayName", "ambiguous_email_columns"),
        ("Work e-mail,Private e-mail", "ambiguous_email_columns"),
        ("first,second", "no_email_column"),
    ],
)
def test_a_file_for_something_else_invites_nobody(header: str, code: str) -> None:
    told = tell_text(f"{header}\nhugo@fabrikam.com,Hugo,x,y\n")

    assert told.reason == code
    assert told.rows == []


@pytest.mark.parametrize(
    "columns",
    [
        *(results.COLUMNS, day_book.COLUMNS, census_papers.COLUMNS),
        *(sweep_report.PLAN, sweep_report.OUTCOME, sweep_report.FINDINGS),
    ],
)
def test_a_report_of_ours_invites_nobody_whom_it_tells_about(columns: tuple[str, ...]) -> None:
    row = ["hugo@fabrikam.com" if column == "email" else "" for column in columns]
    told = tell_text(safe_line(columns) + safe_line(row))

    assert told.reason == "not_an_invite_file"
    assert told.rows == []


@pytest.mark.parametrize(
    "header",
    [
        "email,id",
        "email,status,guestId",
        "email,sender,decision",
        "email,jobTitle,department",
        "email,mobilePhone",
    ],
)
def test_a_stray_column_of_the_directory_does_not_turn_guests_away(header: str) -> None:
    assert tell_text(f"{header}\nhugo@fabrikam.com,x\n").reason is None


def test_a_missing_header_is_told_with_the_header_expected() -> None:
    upload = tell_text("anna,fabrikam\n").upload

    assert not isinstance(upload, Upload)
    assert "email,displayName" in upload.reason.sentence


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_the_one_that_names_the_columns(delimiter: str) -> None:
    text = f'email{delimiter}displayName\na@example.com{delimiter}"x,;|\t y"\n'

    told = tell_text(text)

    assert told.upload.delimiter == delimiter
    assert told.wishes[0].display_name == "x,;|\t y"


@pytest.mark.parametrize(("written", "obeyed"), [("sep=^", "^"), ("sep=\\t", "\t"), ("SEP=:", ":")])
def test_a_declared_separator_is_obeyed(written: str, obeyed: str) -> None:
    told = tell_text(f"{written}\nemail{obeyed}name\na@example.com{obeyed}Anna, B\n")

    assert told.upload.delimiter == obeyed
    assert told.wishes[0].display_name == "Anna, B"


def test_steady_rows_settle_a_header_of_one_column() -> None:
    told = tell_text("email\na@example.com;\nb@example.com;\nc@example.com\n")

    assert [wish.email for wish in told.wishes] == [f"{x}@example.com" for x in "abc"]


def test_a_list_of_addresses_alone_needs_no_header() -> None:
    told = tell_text("a@example.com\nb@example.com\n")

    assert [wish.email for wish in told.wishes] == ["a@example.com", "b@example.com"]
    assert told.warnings == ["no header row: column 1 recognised as e-mail"]


def test_a_comma_in_every_row_does_not_split_a_list_of_one_column() -> None:
    told = tell_text("email\nBerg, Anna <a@example.com>\nDay, Ben <b@example.com>\n")

    assert [wish.display_name for wish in told.wishes] == ["Berg, Anna", "Day, Ben"]


def test_a_header_below_the_first_guest_is_none() -> None:
    told = tell_text("Dara,dara@fabrikam.com\nname,email\nEli,eli@example.com\n")

    assert told.reason == "no_email_column"
