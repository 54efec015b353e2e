"""Files made for something else: whoever drops one here by mistake must not invite anybody."""

from collections.abc import Sequence

from b2b.domain.reason import Reason
from b2b.domain.upload.names import plain, property_of

_PASSWORDS = {
    *("password", "initialpassword", "passwordprofile", "temporarypassword", "passwort"),
    *("kennwort", "initialeskennwort", "motdepasse", "contrasena", "senha", "wachtwoord"),
    *("losenord", "adgangskode", "passord", "salasana", "forcechangepassword"),
}
_USER_NAMES = {
    *("username", "benutzername", "nomdutilisateur", "nombredeusuario", "nomeutente"),
    *("nomedeusuario", "nomedeutilizador", "gebruikersnaam", "anvandarnamn", "brugernavn"),
    *("brukernavn", "kayttajanimi", "userid", "loginname"),
}
_OFFICE = {
    *("officenumber", "officephone", "mobilephone", "fax", "jobtitle", "department"),
    *("stateorprovince", "ziporpostalcode", "countryorregion", "alternateemailaddress"),
}
_EXPORT = {
    *("usertype", "accountenabled", "objectid", "creationtype", "createddatetime"),
    *("externaluserstate", "externaluserstatechangedatetime", "invitationstate", "agegroup"),
    *("directorysynced", "onpremisessyncenabled", "onpremisesimmutableid", "identityissuer"),
    *("identities", "consentprovidedforminor", "legalagegroupclassification", "usagelocation"),
    *(
        "lastsignindatetime",
        "signinsessionsvalidfromdatetime",
        "proxyaddresses",
        "assignedlicenses",
    ),
    *("licenses", "blockcredential", "dirsyncenabled", "lastdirsynctime", "softdeletiontimestamp"),
    *("whencreated", "immutableid", "samaccountname", "distinguishedname", "objectguid", "sid"),
    *("objectclass", "securityidentifier", "mailnickname", "passwordneverexpires"),
}
_WEAK_EXPORT = {"id", "enabled", "jobtitle", "department", "officelocation", "mobilephone"}
# Of the reports that we write ourselves: who drops one must not invite whom it tells about.
_REPORT = {
    *("guestid", "sentence", "sender", "redemptionlink", "decision", "fate", "limitdays"),
    *("actionid", "decided", "sponsorstate", "daystoexpiry", "holdsrole"),
}
_DEVICES = {"hardwarehash", "deviceserialnumber", "secretkey", "serialnumber", "devicename"}


def purpose_of_another(cells: Sequence[str]) -> Reason | None:
    """Says what the header is made for, unless that can be inviting."""
    properties = {name for name in map(property_of, cells) if name}
    if "inviteeemail" in properties:
        return None
    names = {plain(property_of(cell) or cell) for cell in cells}
    return _portal_template(properties) or _other_template(names) or _export(names)


def _portal_template(properties: set[str]) -> Reason | None:
    if "memberobjectidorupn" in properties:
        return _not_for_guests("the portal's template for adding or removing group members")
    if "userprincipalname" in properties and properties & {"passwordprofile", "displayname"}:
        return _not_for_guests("the portal's template for creating members")
    if "userprincipalname" in properties:
        return _not_for_guests("the portal's template for deleting users")
    if "objectid" in properties:
        return _not_for_guests("the portal's template for restoring deleted users")
    return None


def _other_template(names: set[str]) -> Reason | None:
    if names & _PASSWORDS:
        return _not_for_guests("a list of accounts to create, with passwords")
    if names & _USER_NAMES and len(names & _OFFICE) >= 2:
        return _not_for_guests("the admin centre's template for creating members")
    if names & {"guestid", "sentence"} and len(names & _REPORT) >= 2:
        return _not_for_guests("a report that Guestkeeper wrote")
    if len(names & _DEVICES) >= 2:
        return _not_for_guests("a list of devices or tokens")
    return None


def _export(names: set[str]) -> Reason | None:
    weight = len(names & _EXPORT)
    has_upn = bool(names & {"userprincipalname", "upn"})
    weak = has_upn and len(names & _WEAK_EXPORT) >= (1 if "id" in names else 3)
    if weight >= 2 or (has_upn and weight) or (weight and weak) or weak:
        return Reason(
            "looks_like_directory_export",
            "This looks like an export of the directory, so its people are in it already; "
            "send a list with the columns email and displayName for the guests to invite.",
        )
    return None


def is_account_list(cells: Sequence[str]) -> Reason | None:
    """For a header without an e-mail column: user names are no addresses to write to."""
    if {plain(cell) for cell in cells} & _USER_NAMES:
        return _not_for_guests("a list of user names")
    return None


def _not_for_guests(what: str) -> Reason:
    return Reason(
        "not_an_invite_file",
        f"This looks like {what}, not like a list of guests: nobody was invited.",
    )
