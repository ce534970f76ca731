/** Targets for tests: MIG's own, tricky ones by hand, and both kinds of refused ones. One a line; `##` begins a heading. */

/** The documented targets of Mozilla InvestiGator, but for those with subqueries. */
export const MIG_TARGETS: readonly string[] = [
  ...lines(String.raw`
environment->>'os'='linux'
name LIKE '%db%'
environment->>'ident' LIKE 'Ubuntu%' AND environment->>'arch'='386'
environment->>'os'='darwin' AND name LIKE '%.scl3.%'
environment->>'isproxied'='true'
tags->>'operator'='opsec'
tags#>>'{operator}'='IT'
starttime < NOW() - INTERVAL '30 days'
heartbeattime > NOW() - interval '1 minute'
mode='checkin' AND status='idle' AND starttime > NOW() - INTERVAL '1 hour'
environment->>'os' IN ('linux','darwin') AND mode='daemon'
queueloc LIKE 'linux.%'
version='20250601+abcdef0.prod'
agents.version = '20250601+abcdef0.prod'
environment->>'os'='linux' AND name LIKE '%buildbot%'
name ILIKE '%DB%' OR name ~* '^WEB[0-9]+'
`),
]

/** Where precedence, NULL, types or text forms are easy to get wrong. */
export const TRICKY_TARGETS: readonly string[] = [
  ...lines(String.raw`
## Logic and NULL
true
false
NULL
't'
NOT NULL
NULL OR true
NULL AND false
NOT true
NULL IS NULL
'x' IS NOT NULL
NULL = NULL
pid IN (NULL)
pid NOT IN (1, NULL)
pid IN (1234, NULL)
NOT loadername IS NULL
NOT NOT NOT mode = 'daemon'
loadername IS NULL OR loadername = ''
(loadername = 'x') IS NOT TRUE
(loadername = 'x') IS FALSE
(mode = 'daemon') = (status = 'online')
mode = 'daemon' AND status = 'idle' OR pid = 0
mode = 'daemon' OR status = 'idle' AND pid = 0
loadername ISNULL
loadername NOTNULL
(NULL) IS NOT TRUE
pid > 100 AND NOT pid BETWEEN 1000 AND 2000 AND mode LIKE 'd%'
loadername NOT LIKE '%1'
loadername NOT IN ('loader-1', '')
## Literals take their neighbour's type
pid = '1234'
pid IN ('12', 1234, 2.5)
'1234' = pid
pid BETWEEN '1' AND 2000.5
pid > -1
pid>-1
pid<>-1
pid = 1234.0
pid < 99999999999
pid < 1
pid = ' 1_234 '
pid = '0x4D2'
pid = '12'
'a' = 'a'
'a' < 'b'
'10' < '9'
1 < 2.5
'a' || 'b' = 'ab'
pid::text = '1234'
pid::text LIKE '12%'
pid::bigint = 1234
pid::float = 12
pid::boolean
NOT pid::boolean
(pid::numeric)::text = '12'
(mode = 'daemon')::text = 'true'
(mode = 'daemon')::int = 1
CAST(pid AS text) = '12'
int '12' = pid
text 'daemon' = mode
'daemon'::text = mode AND '12'::int = 12
(-5)::int < pid
(2.5)::int = 3 AND (3.5)::int = 4 AND (-2.5)::int = -3
(2.5)::float::int = 2 AND (3.5)::float::int = 4
numeric '1.50'::text = '1.50'
'1e3'::numeric::text = '1000' AND '-1.5e-2'::numeric::text = '-0.015'
'NaN'::float = 'nan'::float AND 'NaN'::float > 'inf'::float
'0.1'::float = 0.1
## JSON
environment->'os' = '"linux"'
environment->'os' <> '"linux"'
environment->'os' IN ('"linux"', 'null')
environment->'os' IS NULL
environment->>'os' IS NULL
environment->'proxy' IS NULL
environment->'proxy' = 'null'
environment->'isproxied' = 'false'
environment->'addresses'->>0 = '10.1.2.3/8'
environment->'addresses'->>-1 LIKE 'fe80%'
environment->'addresses'->>5 IS NULL
environment->'addresses'->>'0' IS NULL
environment#>>'{addresses,1}' LIKE 'fe80%'
environment#>>'{addresses,-2}' LIKE '10.%'
environment#>'{addresses}'->>0 = '10.1.2.3/8'
environment #>> '{ "nested" , a, b,1 }' = 'two'
environment#>'{nested,a}'->'b'->3->>'c' = 'true'
environment#>'{nested,a,b,0}' = '1'
environment->'os'->0 = '"linux"'
environment->'os'->>0 = 'linux'
environment->'os'->>-1 = 'linux'
environment::json->'os'->>0 = 'linux'
environment->'os'->>1 IS NULL
environment#>>'{os,0}' = 'linux'
environment#>>'{}' LIKE '{%'
environment->'addresses' = '["10.1.2.3/8","fe80::1/64"]'
environment = '{}'
environment->>'addresses' LIKE '%10.1.%'
environment->>'addresses' = '["10.1.2.3/8", "fe80::1/64"]'
environment->>'nested' = '{"a": {"b": [1, "two", null, {"c": true}]}}'
environment::text LIKE '%"bb": 1%'
environment::text LIKE '%\\\\\\n\\\\u0001%'
environment->>'load' = '1000000000000000000000'
environment->>'load' LIKE '0.0000001'
(environment->>'load')::float > 1
(environment->>'x')::numeric = 1.5
environment::jsonb->>'os' = 'linux'
environment::json->>'os' = 'linux'
(environment::json)::text LIKE '%linux%'
tags = '{"operator": "opsec"}'
tags->>'a b' = 'x,y{}"'
tags#>>'{a b}' IS NOT NULL
tags->>'operator' IS NOT NULL
(tags->>'operator') || '-' || (environment->>'os') = 'opsec-linux'
tags->>'operator' || '!' = 'IT!'
'x' || (tags->>'operator') LIKE 'x_p%'
name || loadername IS NULL
## Casts of what is only known at run time
(tags->>'level')::int > 1
(tags->>'level')::bigint > 1
(tags->>'level')::numeric > 1
(tags->>'ratio')::numeric >= 1.5
(tags->>'ratio')::float > 1
(tags->>'on')::boolean
(tags->>'operator')::int = 42
(tags->>'when')::timestamptz < NOW()
pid > 0 AND (tags->>'level')::int > 1
(tags->>'level')::int > 1 OR pid > 0
pid > 0 OR (tags->>'level')::int > 1
pid < 0 AND (tags->>'level')::int > 1
loadername = (tags->>'level')::int::text
## LIKE
name LIKE '%'
name LIKE '_%'
name LIKE ''
name LIKE '%\_%'
name LIKE 'db_.%'
name LIKE '%\%%'
name LIKE '\d%'
name LIKE '%example.net'
name LIKE '%b%1%'
name LIKE 'a_b'
name ILIKE 'école-ß%'
name ILIKE 'ÉCOLE-ß%'
name ILIKE 'DB_.EX%'
name LIKE '_db'
tags->>'operator' LIKE '100\%\_\\'
tags->>'operator' NOT ILIKE 'opsec'
name LIKE tags->>'operator'
name NOT LIKE ('%' || name)
'%' LIKE name
## Regular expressions
name ~ '^db\d'
name ~ '\.net$'
name ~ 'a.b'
name ~ '^$'
name ~ 'x|db'
name ~ '(db|web)[0-9]+'
name ~ '[^a-z0-9.]'
name ~ '^[[:alpha:]]+\d?\.'
name ~ 'a\sb'
name ~ 'a\nb'
name ~ '\ydb1\y'
name ~ '[a\]]'
name ~ '[]a]b'
name ~ '[a-]'
name ~ '}'
name ~ '{'
name ~ 'b{1,2}'
name ~ '(?:d)b'
name ~ '\.'
name ~ 'b+?1'
name ~ '[\s]'
name ~ '\S{9}'
name !~ 'db'
name ~* 'DB'
name !~* 'DB'
name ~* 'É'
loadername ~ ''
loadername !~ 'x'
name ~ '\A.*\Z'
name ~ '^.b$'
name ~ '\Ad'
name ~ 't\Z'
name ~ '(a|)b'
name ~ '()'
name ~ 'a|'
name ~ '[[:space:]]'
name ~ '[^\d]$'
name ~ '[&~^]'
name ~ '[-a]b'
name ~ '[\w.]+$'
name ~ NULL
name ~ 'db'::text
## Text: order by bytes, case by character
name < 'e'
name >= '😀'
loadername < '😀'
'￮' < '😀'
environment->>'os' > '￮'
lower(name) LIKE 'école%'
upper(name) LIKE 'ÉCOLE%'
length(name) = 3
length('😀') = 1
length(loadername) = 0
lower('AB') = 'ab'
coalesce(loadername, 'none') = 'none'
coalesce(NULL, refreshtime, starttime) > NOW()
coalesce(pid, 1.5) > 12
coalesce(NULL, NULL) IS NULL
coalesce(loadername IS NULL, false)
name = 'it''s'
mode = 'DAEMON'
status IN ('idle') OR status IN (('offline'))
## Times
starttime = NOW() - INTERVAL '30 days'
starttime <= NOW() - '1 month'::interval
starttime <= NOW() + '-1 month'
starttime = timestamptz '2025-05-31 12:00:00+00'
starttime = '2025-05-31 14:00:00+02'
starttime = '2025-05-31T12:00:00Z'
starttime < '2025-01-01'
starttime < '2025-01-01 00:00'
starttime < '2025-6-1 1:30:15.5'
starttime BETWEEN '2025-01-01' AND NOW()
starttime::text = '2024-02-29 23:59:59.999+00'
starttime::text LIKE '2025-%'
destructiontime - interval '1 month' = '2025-02-28'
destructiontime - interval '13 months' = '2024-02-29'
starttime + interval '1 year' = '2025-02-28 23:59:59.999+00'
starttime + interval '1 year 1 day -1 hour' > '2025-02-28'
interval '1 day' + starttime > destructiontime
NOW() - starttime > interval '30 days'
NOW() - starttime = interval '720 hours'
starttime - NOW() < - interval '29 days 23 hours'
interval '1 month' = interval '30 days'
interval '1 month' > interval '29 days 23:59:59.999999'
interval '1.5 days' = interval '36 hours'
interval '1.5 weeks' = interval '10 days 12 hours'
interval '90' = interval '1 minute 30 seconds'
interval '1 day ago' = interval '-1 day'
interval '2 weeks 3 days 04:05:06.789' = interval '17 days 4 hours 5 min 6789 ms'
interval '-1 day -02:00' = interval '-26 hours'
interval '1 h 2 m 3 s' = '01:02:03'
interval '1 day' - interval '25 hours' < interval '0'
interval '1 y' = interval '12 mons'
refreshtime > NOW() - interval '5 minutes'
refreshtime >= NOW() - interval '5 minutes'
CURRENT_TIMESTAMP > starttime
NOW() IS NOT NULL
NOW() = '2025-06-30 12:00:00+00'
NOW() + '1 day' > NOW()
NOW() - '2025-06-29' > '1 day'
destructiontime::timestamp with time zone < NOW()
starttime + interval '280000 years' > NOW()
`),
]

/** What PostgreSQL refuses for every record, so must we. */
export const REFUSED_TARGETS: readonly string[] = [
  '',
  ' ',
  ...lines(String.raw`
(
)
name = 'a
name =
= 1
## No condition
pid
'abc'
name
NOW()
nonsense = 1
## Types
pid = 'abc'
pid = name
name = 1
pid LIKE '1%'
name AND true
NOT pid
pid IS TRUE
environment = 'linux'
environment->'os' = 'linux'
environment->>'os' = 5
tags = tags->>'a'
name->>'x' = 'y'
environment#>>'os' = 'x'
environment#>>'{a' = 'x'
environment#>>'{a,}' = 'x'
starttime < 'yesterdayish'
starttime < '2025-02-30'
starttime < '2025-13-01'
starttime < 5
starttime > interval '1 day'
NOW() - '30 days' > starttime
NOW() + NOW() > NOW()
NOW() + 1 > NOW()
interval '1 parsec' > interval '1'
interval '1 day 1 day' > interval '1'
interval '' > interval '1'
## Regular expressions
name ~ '('
name ~ '['
name ~ 'a**'
name ~ '*'
name ~ 'a{2,1}'
name ~ 'a{256}'
name ~ 'a{2}{3}'
name ~ '[z-a]'
name ~ '\'
name ~ '[a-\d]'
name ~ '(?<x>a)'
name ~ '^*'
name ~ '[[:foo:]]'
name ~ '\y*'
name ~ '[a-c-e]'
name ~ 'a|*'
name ~ 'x{1'
## Casts
'abc'::int = 1
'maybe'::boolean
'o'::boolean
pid::interval > '1'
(mode = 'x')::bigint = 1
starttime::int = 1
tags->>'level'::int > 1
pid::timestamptz < NOW()
'99999999999'::int = 1
lower(pid) = '1'
## Grammar
pid = 1 = true
pid < 5 < 6
pid IN ()
pid IN (1, 'x')
name IN ('a', 5)
name IN 'a'
name BETWEEN 1 AND 2
coalesce(pid, 'x') = 1
coalesce(pid, name) = 1
coalesce()
lower()
length('a', 'b') = 1
## Names, and attempts to leave the expression
agents.nothing = 'x'
other.name = 'x'
x.agents.name = 'x'
name = "db1"
name == 'a'
pid = 1; DROP TABLE agents
name = 'a') OR (true
true) OR (true
pid = $1
pid = :x
pid = ?
name = @x
environment::json = '{}'
environment::json = environment::json
environment->>1.5 IS NULL
'x' || tags->>'a' = 'y'
tags->>'a' - 1 = 2
NOW(1) > starttime
nosuchfunction(name)
name IS TRUE
mode = 'x' AND
AND true
NOT
true true
true 'x'
pid!=-1
name ~ 'a' || 'b'
pid = 12abc
interval '1 day' * name > 'y'
-name = 1
- '5' > name
name LIKE 5
name IS
name IS NOT
pid BETWEEN 1
pid BETWEEN 1 OR 2
(1, 2) = 3
true::timestamptz < now()
`),
]

/** What PostgreSQL takes and this language does not: each has another spelling, or no use on agents. */
export const REFUSED_MORE_TARGETS: readonly string[] = [
  'true -- comment\n',
  "'a'\n'b' = name",
  ...lines(String.raw`
## Grouping that the grammar library reads otherwise: parentheses make it clear
mode = 'daemon' IS TRUE
tags->>'operator'::text = 'opsec'
mode IS NULL = false
-5::int < pid
true = NOT false
## Arithmetic on numbers
pid + 1 > 2
pid * 2 > 4
pid % 2 = 0
-pid < 0
pid -1 > 0
pid / 2 > 1
pid & 1 = 1
2 * interval '1 day' > interval '1'
pid > +1
## Other jsonb operators, order of jsonb, casts of jsonb that is not text
tags ? 'operator'
tags @> '{}'
environment->'x' > '1'
(environment->'flag')::boolean
tags || '{}' = tags
environment->('o' || 's') IS NULL
(tags->>'level')::jsonb = '3'
'{}'::json IS NULL
environment->'x' = '1.50'
environment IS NOT NULL AND tags @? '$.a'
## Subqueries, CASE, other functions, constructors
id IN (SELECT id FROM agents)
EXISTS (SELECT 1)
CASE WHEN true THEN true END
name = ANY(ARRAY['a'])
substr(name, 1, 2) = 'db'
pid IS DISTINCT FROM 1
name SIMILAR TO 'a'
name LIKE 'a' ESCAPE '!'
true IS UNKNOWN
now() AT TIME ZONE 'UTC' > '2020-01-01'
current_date > starttime
LOCALTIMESTAMP > starttime
pg_catalog.now() > starttime
CURRENT_TIMESTAMP(3) > starttime
extract(year from starttime) = 2025
concat(name, 'a') = 'b'
(pid, pid) = (1, 1)
ARRAY[1] = ARRAY[1]
## Other spellings of literals, names and operators
E'a' = name
"name" = 'a'
name ~~ 'a%'
pid = 0x10
pid = 1_000
pid = 1e3
/* c */ true
pid OPERATOR(pg_catalog.=) 1
name COLLATE "C" < 'a'
starttime < 'tomorrow'
starttime < 'infinity'
starttime < '2025-01-01 12:00 PST'
interval 'P1D' > interval '1'
interval '1-2' > interval '1'
interval '1.5 months' > interval '1'
date '2025-01-01' < starttime
starttime::date = '2025-01-01'
starttime::timestamp < '2025-01-01'
interval '30' day > interval '1'
'NaN'::numeric = 1
'1e999'::numeric > 1
(pid::float)::text = '1'
(interval '1 day')::text = '1 day'
name::varchar(3) = 'a'
name::char = 'a'
(mode)::name = 'a'
starttime::date IS NULL
name || pid = 'a1'
'{}'::jsonb->>('a') IS NULL
## Regular expressions beyond what both engines share, or not written as a literal
name ~ mode
name ~ ('d' || 'b')
name ~ '(a)\1'
name ~ 'a(?=b)'
name ~ '(?i)a'
name ~ '\mdb'
name ~ '\b'
name ~ '\x41'
name ~ '[[.a.]]'
name ~ '[[=a=]]'
name ~ '***=a'
name LIKE 'abc\'
regexp_like(name, 'a')
`),
]

function lines(text: string): readonly string[] {
  return text.split('\n').filter((line) => line !== '' && !line.startsWith('## '))
}
