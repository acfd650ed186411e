"""The commonest passwords, of those that are long enough to be chosen: what is tried first is no password."""

from __future__ import annotations

from typing import Final

_LIST: Final = """
0123456789 01234567890 0987654321 1029384756 1122334455 11223344556677 1123581321 1234512345
123412341234 1234554321 1234567890 12345678901 123456789012 1234567890123 1234567891 12345678910
123456789a 123456789q 12345qwert 1234abcd1234 1234qwerasdf 123qweasdzxc 1357924680 1472583690
1qaz2wsx3edc 1qaz2wsx3edc4rfv 1q2w3e4r5t 1q2w3e4r5t6y 1q2w3e4r5t6y7u 9876543210 a123456789
a1b2c3d4e5 aa12345678 aa123456789 abc123456789 abcd123456 abcd1234567 abcdefghij abcdefghijk
adminadmin admin12345 admin123456 administrator asdf123456 asdfasdfasdf asdfghjkl; asdfghjkl1
asdfghjklö baseball123 basketball changeme123 chocolate1 computer123 dragon1234 football12
football123 helloworld iloveyou12 iloveyou123 iloveyouforever internet123 jordan2323 letmein123
letmein1234 liverpool1 liverpoolfc manchester michael123 monkey12345 mypassword p@ssw0rd123
p@ssword123 passw0rd123 passwort123 password01 password11 password12 password123 password123!
password1234 password12345 password2020 password2021 password2022 password2023 password2024
password2025 password2026 password!1 password@123 passwordpassword princess12 princess123 q1w2e3r4t5
q1w2e3r4t5y6 qazwsxedcrfv qwerasdfzxcv qwert12345 qwerty1234 qwerty12345 qwerty123456 qwertyqwerty
qwertyuiop qwertyuiop123 qwertyuiop[] qwertz1234 qwertzuiop qwertzuiopü sunshine12 sunshine123
superman123 testtest123 trustno1234 unbelievable welcome123 welcome1234 whatever123 zaq12wsxcde3
zxcvbnm123 zxcvbnm1234 zxcvbnmasdfghjkl
"""

COMMON_PASSWORDS: Final = frozenset(_LIST.split())
