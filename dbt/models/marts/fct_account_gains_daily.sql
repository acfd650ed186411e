{{ config(
    window='post_days',
    partitioned_by='year(date)',
    sorted_by=['organization_id', 'account_id', 'date'],
) }}
{%- set windowed = is_windowed(changes_of('post_days')) %}

select
    days.organization_id,
    days.account_id,
    days.date,
    coalesce(days.gain_days, 1) as gain_days,
    {%- for counter in growing_counters() %}
    cast(sum(days.{{ counter }}_gain) as bigint) as {{ counter }}_gain,
    {%- endfor %}
    count(*) as posts
from {{ ref('fct_post_metrics_daily') }} as days
{%- if windowed %}
inner join {{ ref('int_changes') }} as changes on days.account_id = changes.account_id
where days.date >= {{ earliest('post_days_from', ref('int_changes'), 'date') }}
    and days.date >= changes.post_days_from
{%- endif %}
group by all
