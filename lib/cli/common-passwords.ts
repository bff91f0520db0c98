// The most common passwords of eight or more characters, in lower case.
const LIST = `
00000000 01234567 0987654321 10203040 102030405060 11111111 111222333 112233445566 11223344 1122334455
12121212 121212121212 123123123 12312312 123123123123 123321123 12341234 1234512345 12344321 12345679
1234567890 1234567891 12345678910 123456789a 123456789q 12345678a 12345678q 1234qwer 123654789 123qweasd
123qweasdzxc 12qwaszx 13131313 147258369 1478963250 159357258 159753456 1q2w3e4r 1q2w3e4r5t 1q2w3e4r5t6y
1qaz2wsx 1qaz2wsx3edc 1qazxsw2 20202020 21212121 22222222 23232323 24682468 25802580 31415926 314159265
33333333 44444444 55555555 66666666 69696969 741852963 77777777 789456123 87654321 88888888 963852741
987654321 9876543210 98765432 99999999 a1234567 a12345678 a123456789 a1b2c3d4 a1s2d3f4 aa123456 aaaaaaaa
abc12345 abc123456 abc123abc abcd1234 abcd12345 abcdef123 abcdefgh access14 admin123 admin1234 admin12345
admin@123 adminadmin administrator airborne alexander alexandra anderson asdasdasd asdf1234 asdfasdf asdfghjk
asdfghjkl asdfghjkl; asdfjkl; azertyuiop babygirl babygirl1 baseball baseball1 basketball benjamin bigdaddy
blink182 bluebird brooklyn bulldogs butterfly carolina caroline casper123 champion changeit changeme changeme1
changeme123 charlie1 chelsea1 chocolate christian christine christopher cocacola colorado computer computer1
corvette cowboys1 creative danielle database default1 defaultpassword dolphins dragon123 drowssap einstein
elephant elizabeth evolution facebook february firebird firewall flamingo football football1 forever1 fortnite
freedom1 fuckyou1 fuckyou123 garfield giovanni goldfish gonzalez google123 greenday guinness hardcore harley123
hello123 hellohello hello1234 helloworld iloveyou iloveyou1 iloveyou2 iloveyou123 infinity internet internet1
jennifer jessica1 jonathan jordan23 katherine kawasaki lasvegas letmein1 letmein123 letmeinnow liverpool
liverpool1 lollipop london123 lovelove loveyou1 macintosh madison1 manchester margaret marina123 marlboro
master123 masterkey maverick mercedes metallica michael1 michelle michigan midnight monkey123 monkeys1 motorola
mustang1 myspace1 mypassword nicholas nintendo nirvana1 november p@ssw0rd p@ssw0rd1 p@ssword p@55w0rd pa$$w0rd
pa55word panasonic paradise pass1234 pass12345 passpass passport passw0rd passw0rd1 password password! password.
password0 password01 password1 password1! password11 password12 password123 password123! password1234 password2
password3 passwort passwort1 password@123 patricia pavilion phantom1 philippe playstation pokemon1 portugal
postgres princess princess1 q1w2e3r4 q1w2e3r4t5 q1w2e3r4t5y6 qazwsxed qazwsxedc qweasdzx qweasdzxc qweqweqwe
qwer1234 qwerasdf qwert123 qwert1234 qwert12345 qwerty12 qwerty123 qwerty1234 qwerty12345 qwerty123456 qwertyui
qwertyuiop qwertzui qwertzuiop raiders1 rammstein rangers1 redskins remember reynaldo richmond robinson rootroot
rush2112 samantha samsung1 santiago scooby123 scorpion scotland secret12 secret123 secretpassword security
september serenity service1 shadow12 shadow123 simpsons skywalker slipknot snickers snowball softball spiderman
spongebob starfish startrek starwars starwars1 steelers stephanie sterling straight summer2020 summer2021
summer2022 summer2023 summer2024 summer2025 sunflower sunshine sunshine1 superman superman1 superstar swordfish
sysadmin system123 temp1234 temporary test1234 test12345 testtest testtest1 thailand thunder1 timberland trustno1
tweety123 undertaker universe user1234 username valentina vanessa1 victoria viktoria volkswagen warcraft welcome1
welcome12 welcome123 welcome@123 westside whatever whatever1 william1 winner123 winston1 winter2024 winter2025
wrestling yankees1 yellow12 zaq12wsx zaq1xsw2 zaq1zaq1 zxcvbnm1 zxcvbnm123 zxcvbnm, zzzzzzzz
`

export const COMMON_PASSWORDS: ReadonlySet<string> = new Set(LIST.trim().split(/\s+/))
