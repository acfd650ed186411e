{{ config(
    window='days',
    partitioned_by='year(date)',
    sorted_by=['organization_id', 'account_id', 'date'],
) }}
{%- set windowed = is_windowed(changes_of('days')) %}

with observations as (
    select observations.* from {{ ref('int_account_observations') }} as observations
    {%- if windowed %}
    inner join {{ ref('int_changes') }} as changes
        on observations.account_id = changes.account_id
        and observations.date >= changes.days_from
    -- A day's figure is not known before the day, in whatever zone.
    where observations.observed_hour >= cast({{ earliest('days_from', ref('int_changes'), 'date') }} - 2 as timestamptz)
    {%- endif %}
)

-- A count of followers is taken during its day, the network's own figure is told after it: the newest is the better.
select
    organization_id,
    account_id,
    date,
    arg_max(value, observed_at) filter (where metric = 'followers') as followers,
    arg_max(value, observed_at) filter (where metric = 'views') as views,
    arg_max(value, observed_at) filter (where metric = 'reach') as reach,
    arg_max(value, observed_at) filter (where metric = 'engagement') as engagement,
    arg_max(value, observed_at) filter (where metric = 'follows') as follows,
    arg_max(value, observed_at) filter (where metric = 'unfollows') as unfollows,
    max(observed_at) as observed_at
from observations
group by organization_id, account_id, date
