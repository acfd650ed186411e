{{ config(unique_key=['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}

-- A breakdown comes as a series of the last days; the newest day that has one counts.
with source as (
    {{ landed_answers('facebook', 'demographics') }}
),

insights as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR", "values": [{"value": "JSON", "end_time": "VARCHAR"}]
        }]')) as insight
    from source
),

newest as (
    select
        * exclude (insight),
        insight.name as metric,
        [point.value for point in insight.values if json_type(point.value) = 'OBJECT'][-1] as value
    from insights
),

parts as (
    select * exclude (value), unnest({{ json_numbers('value') }}) as part
    from newest
),

renamed as (
    select
        account_id,
        metric,
        replace(metric, 'page_follows_', '') as dimension,
        part.metric as segment,
        observed_hour,
        observed_at,
        part.value as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}
