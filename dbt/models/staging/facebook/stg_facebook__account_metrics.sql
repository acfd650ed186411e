{{ config(unique_key=['account_id', 'metric', 'end_time', 'observed_hour']) }}

with source as (
    {{ landed_answers('facebook', 'account_metrics') }}
),

series as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.data', '[{
            "name": "VARCHAR",
            "period": "VARCHAR",
            "values": [{"value": "JSON", "end_time": "VARCHAR"}]
        }]')) as series
    from source
),

points as (
    select
        * exclude (series),
        series.name as metric,
        unnest(series.values) as point
    from series
    where series.period = 'day'
),

renamed as (
    select
        account_id,
        metric,
        {{ moment('try_cast(point.end_time as timestamptz)') }} as end_time,
        observed_hour,
        observed_at,
        {{ counter('try_cast(point.value as bigint)') }} as value,
        answer_id,
        landed_at
    from points
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'end_time', 'observed_hour']) }}
