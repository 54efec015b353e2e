"""What people call the columns, in eleven languages; compared without case, accents and signs."""

import re
import unicodedata

EMAIL = "email"
USER_PRINCIPAL_NAME = "userPrincipalName"
NAME = "name"  # a full name, or a part of one: the columns beside it decide

# A private and a business address side by side are two e-mail columns: whose choice is not ours.
_ALIASES = {
    EMAIL: """
        email emailaddress mail mailaddress emailid inviteduseremailaddress inviteeemail invitee
        emailaddresstoinvite guestemail guestemailaddress externalemail externalemailaddress
        useremail usermail contactemail workemail businessemail primaryemail primarysmtpaddress
        smtpaddress recipientemail email1value email1address email1 email2
        officeemail companyemail schoolemail personalemail privateemail homeemail alternateemail
        alternativeemail alternateemailaddress secondaryemail otheremail othermail
        geschaftlicheemail dienstlicheemail emailgeschaftlich emaildienstlich privateemailadresse
        emailprivat emailprofessionnel emailpersonnel emailtrabajo emailpersonal emailaziendale
        emailpersonale emailcorporativo emailpessoal
        emailadresse mailadresse elektronischepost gastemail emaildesgastes einzuladendeemailadresse
        einzuladendeemail emailgast
        adresseemail adressemail adressedemail adresseelectronique adressedecourriel
        adressedemessagerie adressecourriel courriel courrielelectronique mel couriel
        correo correoelectronico direcciondecorreo direcciondecorreoelectronico direccionemail
        direcciondeemail direccioncorreo correodelinvitado
        indirizzoemail indirizzomail indirizzodiposta indirizzodipostaelettronica postaelettronica
        indirizzopostaelettronica indirizzodiemail
        correioeletronico correioeletronica correioelectronico enderecodeemail enderecoemail
        enderecodecorreioeletronico enderecoeletronico
        emailadres mailadres elektronischadres
        epost epostadress epostadresse epostadressen eadress mejl mejladress mailadress emailadress
        eposti sahkoposti sahkopostiosoite spostiosoite sposti
    """,
    USER_PRINCIPAL_NAME: "userprincipalname upn benutzerprinzipalname",
    NAME: "name nom nome nombre naam namn navn nimi",
    "displayName": """
        displayname fullname guestname invitedusername inviteduserdisplayname contactname
        anzeigename vollstandigername vollstaendigername vorundnachname vornamenachname vorundzuname
        nomcomplet nomaffiche nomdaffichage nometprenom prenometnom
        nombrecompleto nombreparamostrar nombremostrado nombreyapellidos nombreyapellido
        nomecompleto nomevisualizzato nomeecognome cognomeenome nomedavisualizzare
        nomedeexibicao nomeaapresentar nomeapresentado
        weergavenaam volledigenaam
        visningsnamn fullstandigtnamn helanamnet visningsnavn fulltnavn fuldenavn fuldtnavn
        nayttonimi kokonimi
    """,
    "givenName": """
        givenname firstname forename vorname rufname prenom nombredepila primernombre
        nomeproprio primeironome voornaam roepnaam fornamn tilltalsnamn fornavn etunimi
    """,
    "surname": """
        surname lastname familyname nachname familienname zuname nomdefamille patronyme
        apellido apellidos cognome sobrenome apelido ultimonome achternaam familienaam
        efternamn efternavn etternavn sukunimi
    """,
    "companyName": """
        companyname company organisation organization organisationname organizationname partner
        employer firma firmenname unternehmen unternehmensname societe entreprise nomdelasociete
        nomdelentreprise raisonsociale empresa compania nombredelaempresa nombredelacompania
        organizacion societa azienda nomesocieta nomeazienda ragionesociale organizzazione
        nomedaempresa companhia organizacao bedrijf bedrijfsnaam organisatie foretag foretagsnamn
        bolag organisationsnamn virksomhed virksomhedsnavn virksomhet firmanavn bedrift
        bedriftsnavn organisasjon selskap selskab yritys yrityksennimi organisaatio
    """,
    "groups": """
        groups group groupname groupnames memberof teams gruppen gruppe gruppenname gruppennamen
        groupes groupe nomdugroupe grupos grupo nombredegrupo gruppi gruppo nomegruppo groepen
        groep groepsnaam grupper grupp gruppnamn gruppenavn ryhmat ryhma ryhmannimi
    """,
    "accessPackages": """
        accesspackages accesspackage packages package zugriffspakete zugriffspaket
        zugangspakete zugangspaket packagesdacces packagedacces paquetsdacces
        paquetesdeacceso paquetedeacceso pacchettidiaccesso pacchettodiaccesso pacotesdeacesso
        pacotedeacesso toegangspakketten toegangspakket atkomstpaket adgangspakker adgangspakke
        tilgangspakker tilgangspakke kayttooikeuspaketit kayttooikeuspaketti paasypaketit
        paasypaketti
    """,
    "removeGroups": """
        removegroups removegroup groupstoremove grouptoremove removefromgroups removefromgroup
        leavegroups takegroups revokegroups gruppenentfernen ausgruppenentfernen
        zuentfernendegruppen groupesaretirer retirergroupes retirerdesgroupes gruposaquitar
        quitargrupos quitardegrupos gruppidarimuovere rimuovigruppi rimuovidaigruppi
        gruposaremover removergrupos removerdegrupos groepenverwijderen uitgroepenverwijderen
        tabortgrupper tabortfrangrupper fjerngrupper fjernfragrupper fjernfragrupperne
        fjernfragruppene poistaryhmat poistaryhmista
    """,
    "removeAccessPackages": """
        removeaccesspackages removeaccesspackage removepackages removepackage packagestoremove
        accesspackagestoremove revokeaccesspackages takeaccesspackages
        zugriffspaketeentfernen zugangspaketeentfernen zuentfernendezugriffspakete
        retirerlespackagesdacces retirerpackagesdacces packagesdaccesaretirer
        quitarpaquetesdeacceso paquetesdeaccesoaquitar rimuovipacchettidiaccesso
        pacchettidiaccessodarimuovere removerpacotesdeacesso pacotesdeacessoaremover
        toegangspakkettenverwijderen tabortatkomstpaket fjernadgangspakker fjerntilgangspakker
        poistakayttooikeuspaketit poistapaasypaketit
    """,
    "sponsorEmail": """
        sponsoremail sponsor sponsors sponsormail sponsoremailaddress sponsoraddress host hostemail
        owneremail inviter inviteremail invitedby internalcontact responsible
        sponsoremailadresse emailsponsor emaildessponsors gastgeber ansprechpartner betreuer
        verantwortlich verantwortlicher burge parrain emailduparrain courrielduparrain
        responsable patrocinador correodelpatrocinador correopatrocinador emaildelpatrocinador
        emailsponsorizzatore referente responsabile emaildopatrocinador responsavel
        emailvansponsor sponsoremailadres contactpersoon sponsorepost sponsorsepost
        kontaktperson ansvarig ansvarlig yhteyshenkilo sponsorinsahkoposti
    """,
    "expiresOn": """
        expireson expires expiry expirydate expirationdate expiration enddate validuntil validto
        accessuntil ablaufdatum ablauf lauftab lauftabam gultigbis gueltigbis befristetbis
        enddatum zugriffbis dateexpiration datedexpiration expirele datedefin valablejusquau
        fechadecaducidad fechadeexpiracion fechadevencimiento caduca caducaen caducidad
        vencimiento validohasta fechafin fechadefin datadiscadenza scadenza scadeil validofinoal
        datafine datadeexpiracao datadevencimento expiraem validade validoate datadetermino
        vervaldatum verlooptop geldigtot einddatum utgangsdatum utgar giltigtill giltigttom
        slutdatum gargltill udlobsdato udloberden udlober gyldigtil slutdato utlopsdato utloper
        utloperden sluttdato vanhenee vanhenemispaiva paattymispaiva voimassaasti
        viimeinenvoimassaolopaiva
    """,
    "language": """
        language locale messagelanguage preferredlanguage invitedusermessagelanguage sprache
        nachrichtensprache langue languedumessage idioma idiomadelmensaje lingua
        linguadelmessaggio idiomadamensagem taal berichttaal sprak sprog kieli viestinkieli
    """,
    "message": """
        message custommessage custommessagebody customizedmessagebody customizedinvitationmessage
        invitationmessage personalmessage messagebody nachricht einladungsnachricht einladungstext
        mitteilung personlichenachricht messagedinvitation messagepersonnalise messagepersonnel
        mensaje mensajedeinvitacion mensajepersonalizado messaggio messaggiodiinvito
        messaggiodinvito messaggiopersonalizzato mensagem mensagemdeconvite
        mensagempersonalizada bericht uitnodigingsbericht meddelande inbjudningsmeddelande
        besked invitationsbesked melding invitasjonsmelding viesti kutsuviesti
    """,
    "redirectUrl": """
        redirecturl redirectionurl inviteredirecturl redirecturi redirect redirectto url link
        weiterleitungsurl umleitungsurl weiterleitung zielurl urlderedirection redirection
        urlderedireccion urlredireccion urlderedireccionamiento urldireindirizzamento
        urlreindirizzamento urlderedirecionamento redirecionamento omleidingsurl
        omleidingsadres omdirigeringsurl omdirigeringsadress omdirigeringswebadress
        omdirigeringsurladresse omadresseringsurl viderekoblingsurl uudelleenohjausurl
        uudelleenohjausosoite
    """,
    "sendInvitation": """
        sendinvitation sendemail sendinvite sendinvitationmessage sendmail sendmessage
        einladungsenden einladungverschicken einladungsnachrichtsenden emailsenden
        envoyerinvitation envoyerlinvitation envoyerlemessagedinvitation envoyeremail
        enviarinvitacion enviarmensajedeinvitacion enviarcorreo inviainvito inviamessaggiodiinvito
        enviarconvite enviarmensagemdeconvite uitnodigingverzenden uitnodigingsturen
        uitnodigingversturen skickainbjudan skickainbjudningsmeddelande sendinvitasjon
        sendinvitationsmeddelelse lahetakutsu lahetakutsuviesti
    """,
    "delivery": """
        delivery deliverymethod deliveredby zustellung zustellart versandart versand livraison
        remise modedenvoi entrega metododeentrega envio consegna modalitadiconsegna
        metododeenvio bezorging verzendwijze leverans leveranssatt levering leveringsmetode
        toimitus toimitustapa
    """,
    "correlationId": """
        correlationid correlation reference referenceid requestid ticket ticketid ticketnumber
        korrelationsid referenz vorgangsnummer auftragsnummer ticketnummer antragsnummer
        iddecorrelation referencedelademande numerodeticket iddecorrelacion referencia
        iddicorrelazione riferimento numeroticket iddecorrelacao correlatieid referentie
        korrelationsid referens arendenummer referanse korrelasjonsid sagsnummer saksnummer
        korrelaatiotunnus viite viitenumero tikettinumero
    """,
}

_UNDECOMPOSED = str.maketrans({"ø": "o", "æ": "ae", "œ": "oe", "ł": "l", "đ": "d", "ð": "d"})
_SIGNS = re.compile(r"[\W_]+")
_ASIDE = re.compile(r"\([^()]*\)|\[[^\[\]]*\]|\*")
_REMARKS = {"required", "optional", "mandatory"}  # in brackets by hand, and no property
_PROPERTY = re.compile(r"\[([A-Za-z0-9_.]{2,64})\]")


def plain(text: str) -> str:
    """The letters and digits of a name, in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold()).translate(_UNDECOMPOSED)
    bare = "".join(sign for sign in apart if not unicodedata.combining(sign))
    return _SIGNS.sub("", bare)


def property_of(cell: str) -> str:
    """The name in brackets that a portal writes behind its localised label."""
    found = [name for one in _PROPERTY.findall(cell) if (name := one.lower()) not in _REMARKS]
    return found[0] if len(found) == 1 else ""


def known_name(cell: str) -> str:
    """The column meant by a header cell, or nothing."""
    named = property_of(cell)
    if named:
        return KNOWN.get(plain(named), "")
    return KNOWN.get(plain(cell)) or KNOWN.get(plain(_ASIDE.sub(" ", cell)), "")


KNOWN = {plain(alias): name for name, aliases in _ALIASES.items() for alias in aliases.split()}
