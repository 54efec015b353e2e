"""The names of the months in eleven languages, in full and as people shorten them."""

_NAMES = (
    "january jan januar januari janvier janv enero ene gennaio gen janeiro tammikuu tammikuuta "
    "tammi janner",
    "february feb februar februari fevrier fevr fev febrero febbraio febb fevereiro helmikuu "
    "helmikuuta helmi feber",
    "march mar marz maerz mrz mars marzo marco maart mrt marts maaliskuu maaliskuuta maalis",
    "april apr avril avr abril abr aprile huhtikuu huhtikuuta huhti",
    "may mai mayo maggio mag maio mei maj toukokuu toukokuuta touko",
    "june jun juni juin junio giugno giu junho kesakuu kesakuuta kesa",
    "july jul juli juillet juil julio luglio lug julho heinakuu heinakuuta heina",
    "august aug aout agosto ago augustus augusti elokuu elokuuta elo",
    "september sep sept septembre septiembre settembre set setembro syyskuu syyskuuta syys",
    "october oct oktober okt octobre octubre ottobre ott outubro out lokakuu lokakuuta loka",
    "november nov novembre noviembre novembro marraskuu marraskuuta marras",
    "december dec dezember dez decembre diciembre dic dicembre dezembro desember des joulukuu "
    "joulukuuta joulu",
)

MONTHS = {name: number for number, names in enumerate(_NAMES, start=1) for name in names.split()}
