{{ config(
    window='days',
    partitioned_by='year(date)',
    sorted_by=['organization_id', 'account_id', 'date'],
) }}
{%- set windowed = is_windowed(changes_of('days')) %}

with known as (
    select organization_id, account_id, date, followers, follows, unfollows from {{ ref('fct_account_metrics_daily') }}
    where followers is not null
),

{% if windowed -%}
-- From the last day known before the one that changed: the days between are a gap that it may end.
starts as (
    select
        changes.account_id,
        coalesce(max(known.date) filter (where known.date < changes.days_from), changes.days_from) as first
    from {{ ref('int_changes') }} as changes
    left join known on changes.account_id = known.account_id
    where changes.days_from is not null
    group by changes.account_id, changes.days_from
),
{%- endif %}

recent as (
    select known.* from known
    {%- if windowed %}
    inner join starts
        on known.account_id = starts.account_id
        and known.date >= starts.first - {{ var('growth_days') }}
    {%- endif %}
),

calendar as (
    select
        organization_id,
        account_id,
        cast(unnest(generate_series(min(date), max(date), interval '1 day')) as date) as date
    from recent
    group by organization_id, account_id
),

filled as (
    select
        calendar.organization_id,
        calendar.account_id,
        calendar.date,
        recent.followers,
        recent.follows,
        recent.unfollows
    from calendar
    left join recent
        on calendar.account_id = recent.account_id
        and calendar.date = recent.date
),

compared as (
    select
        *,
        lag(followers) over (partition by account_id order by date) as followers_before,
        min(date) filter (where followers is not null) over lately as first_day,
        arg_min(followers, date) over lately as first_followers
    from filled
    window lately as (
        partition by account_id order by date
        range between interval '{{ var("growth_days") - 1 }} days' preceding and current row
    )
)

select
    compared.organization_id,
    compared.account_id,
    compared.date,
    compared.followers,
    compared.followers - compared.followers_before as net_change,
    compared.follows as gained,
    compared.unfollows as lost,
    case
        when compared.first_followers > 0 and compared.date - compared.first_day >= 7
            then power(compared.followers / compared.first_followers, 365.0 / (compared.date - compared.first_day)) - 1
    end as annualised_rate,
    compared.followers is null as is_gap
from compared
{%- if windowed %}
inner join starts on compared.account_id = starts.account_id
where compared.date >= starts.first
{%- endif %}
