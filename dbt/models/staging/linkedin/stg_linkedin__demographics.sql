{{ config(unique_key=['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}

{%- set dimensions = {
    'followerCountsByGeoCountry': 'geo',
    'followerCountsByFunction': 'function',
    'followerCountsBySeniority': 'seniority',
    'followerCountsByIndustry': 'industry',
    'followerCountsByStaffCountRange': 'staffCountRange',
} %}

with source as (
    {{ landed_answers('linkedin', 'demographics') }}
),

parts as (
    {%- for metric, dimension in dimensions.items() %}
    select
        * exclude (request, body),
        '{{ metric }}' as metric,
        '{{ dimension }}' as dimension,
        unnest(from_json(body -> '$.elements[0].{{ metric }}', '["JSON"]')) as part
    from source
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

renamed as (
    select
        account_id,
        metric,
        dimension,
        part ->> dimension as segment,
        observed_hour,
        observed_at,
        {{ known_sum([
            "try_cast(part ->> '$.followerCounts.organicFollowerCount' as double)",
            "try_cast(part ->> '$.followerCounts.paidFollowerCount' as double)",
        ]) }} as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}
