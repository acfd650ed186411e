"""Endings of domain names that X links without a scheme: those of countries, and many of the general ones."""

from __future__ import annotations

# Source: IANA's root zone database; the two-letter ones are ISO 3166-1 alpha-2, and ac, eu, su, uk.
_COUNTRIES = """
ac ad ae af ag ai al am ao aq ar as at au aw ax az ba bb bd be bf bg bh bi bj bm bn bo br bs bt bv bw by bz ca
cc cd cf cg ch ci ck cl cm cn co cr cu cv cw cx cy cz de dj dk dm do dz ec ee eg er es et eu fi fj fk fm fo fr
ga gb gd ge gf gg gh gi gl gm gn gp gq gr gs gt gu gw gy hk hm hn hr ht hu id ie il im in io iq ir is it je jm
jo jp ke kg kh ki km kn kp kr kw ky kz la lb lc li lk lr ls lt lu lv ly ma mc md me mg mh mk ml mm mn mo mp mq
mr ms mt mu mv mw mx my mz na nc ne nf ng ni nl no np nr nu nz om pa pe pf pg ph pk pl pm pn pr ps pt pw py qa
re ro rs ru rw sa sb sc sd se sg sh si sj sk sl sm sn so sr ss st su sv sx sy sz tc td tf tg th tj tk tl tm tn
to tr tt tv tw tz ua ug uk us uy uz va vc ve vg vi vn vu wf ws ye yt za zm zw
"""
_GENERAL = """
academy agency app art audio bar beer bike biz blog boutique business cafe camp care cat center church city
clinic clothing cloud club coach codes coffee com community company construction cool coop dance deals
delivery design dev digital directory dog earth edu education email energy engineer events expert express
family farm fashion film finance fit fitness florist flowers fun fund gallery games garden gift gifts global
gov green group guide hair health help holiday homes hospital host hotel house inc info ink institute int
international jewelry jobs kitchen land law legal life link live loan love ltd market marketing media mil mobi
moda money movie museum music name net network news one online org organic page parts party pet photo
photography photos pictures pizza place plus press pro productions pub radio realestate recipes rent repair
restaurant reviews run sale salon school science services shoes shop shopping show site ski social software
solutions space store stream studio style supply support surf systems taxi team tech tel theater tickets tips
today tools top tours town toys trade training travel university vacations ventures vet video vin vip watch
website wedding wiki wine work works world xxx xyz yoga zone
"""
ENDINGS = frozenset((_COUNTRIES + _GENERAL).split())
