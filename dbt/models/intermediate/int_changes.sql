{{ config(materialized='table') }}

{#
  What was read, or is to be read again, since the last complete build.
#}
{%- set everything = "date '1980-01-01'" -%}

with accounts as (
    select account_id, organization_id, network, timezone from {{ ref('stg_registry__accounts') }}
),

{% if execute and builds_whole() -%}
changes as (
    select
        account_id, cast(null as timestamptz) as posts_from, cast(null as date) as days_from, true as again
    from accounts
    where false
)
{%- else -%}
-- Accounts that came, left, or changed owner or time zone: nothing of theirs stays as it was.
registered as (
    select account_id from (
        (from accounts except from {{ kept('built_accounts') }})
        union all
        (from {{ kept('built_accounts') }} except from accounts)
    )
),

changes as (
    select account_id, timestamptz '1980-01-01 00:00:00+00' as posts_from, {{ everything }} as days_from, true as again
    from registered
    {%- for range in replay_ranges() %}
    union all
    select account_id, timestamptz '{{ range.first }} 00:00:00+00', {{ everything }}, true from accounts
    {%- if range.network %} where network = '{{ range.network }}'{% endif %}
    {%- endfor %}
    {%- if var('replay_from') is none %}
    {%- if requarantined() %}
    union all
    select answers.account_id, min(answers.observed_hour), {{ everything }}, true
    from {{ target.database }}.raw.answers as answers
    where answers.answer_id in ({{ settled_answers() }})
    group by answers.account_id
    {%- endif %}
    {%- for each in staged('posts') + staged('post_metrics') %}
    union all
    select account_id, min(observed_hour), cast(null as date), false from {{ ref(each.model) }}
    where landed_at > {{ changed_since() }}
    group by account_id
    {%- endfor %}
    {%- for each in staged('account_metrics') %}
    union all
    -- Whatever the zone, the day is not further back.
    select account_id, cast(null as timestamptz), min(cast({{ each.day }} as date)) - 2, false from {{ ref(each.model) }}
    where landed_at > {{ changed_since() }}
    group by account_id
    {%- endfor %}
    union all
    select account_id, cast(null as timestamptz), min(date), false from {{ ref('stg_imported__followers') }}
    where landed_at > {{ changed_since() }}
    group by account_id
    {%- for each in staged('accounts') %}
    union all
    select account_id, cast(null as timestamptz), min(cast(observed_at as date)) - 1, false from {{ ref(each.model) }}
    where landed_at > {{ changed_since() }}
    group by account_id
    {%- endfor %}
    {%- endif %}
)
{%- endif %}

select
    changes.account_id,
    min(changes.posts_from) as posts_from,
    min({{ local_date('changes.posts_from', "coalesce(accounts.timezone, 'UTC')") }}) as post_days_from,
    min(changes.days_from) as days_from,
    bool_or(changes.again) as is_read_again
from changes
left join accounts on changes.account_id = accounts.account_id
group by changes.account_id
