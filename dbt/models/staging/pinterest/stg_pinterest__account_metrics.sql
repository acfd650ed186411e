{{ config(unique_key=['account_id', 'metric', 'date', 'observed_hour']) }}

-- Each day says how final it is. Days before there was anything have no metrics, and so no row.
with source as (
    {{ landed_answers('pinterest', 'account_metrics') }}
),

days as (
    select
        * exclude (request, body),
        unnest(from_json(body -> '$.all.daily_metrics', '[{
            "date": "DATE", "data_status": "VARCHAR", "metrics": "JSON"
        }]')) as day
    from source
),

parts as (
    select *, unnest({{ json_numbers('day.metrics') }}) as part
    from days
),

renamed as (
    select
        account_id,
        part.metric as metric,
        {{ moment('day.date') }} as date,
        observed_hour,
        observed_at,
        part.value as value,
        day.data_status as data_status,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'date', 'observed_hour']) }}
