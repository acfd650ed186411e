{#- The answers by their name: each network is a source of its own, here they are wanted all at once. -#}
{%- set entities = ['account', 'posts', 'post_metrics', 'account_metrics'] %}

with answers as (
    select account_id, entity, max(requested_at) as observed_at
    from {{ source('raw', 'facebook') }}
    where status = 200
        {%- if any_in_quarantine() %}
        and answer_id not in ({{ held_answers() }})
        {%- endif %}
    group by account_id, entity
),

observed as (
    select
        account_id,
        {%- for entity in entities %}
        max(observed_at) filter (where entity = '{{ entity }}') as {{ entity }}_observed_at,
        {%- endfor %}
        max(observed_at) filter (where entity in ('{{ entities | join("', '") }}')) as last_observed_at
    from answers
    group by account_id
),

-- The newest answer of all accounts: an account is late against the others, not against the clock.
newest as (
    select max(last_observed_at) as at from observed
),

accounts as (
    select * from {{ ref('dim_accounts') }}
)

select
    accounts.organization_id,
    accounts.account_id,
    accounts.network,
    observed.last_observed_at,
    {{ local_date('observed.last_observed_at', 'accounts.timezone') }} - 1 as last_complete_day,
    accounts.is_waiting,
    accounts.waits_since,
    {%- for entity in entities %}
    observed.{{ entity }}_observed_at,
    case
        when observed.{{ entity }}_observed_at is null then null
        when newest.at - observed.{{ entity }}_observed_at > interval '{{ var("late_hours") }} hours' then 'late'
        else 'ok'
    end as {{ entity }}_status{{ ',' if not loop.last }}
    {%- endfor %}
from accounts
cross join newest
left join observed on accounts.account_id = observed.account_id
