{{ config(unique_key=['account_id', 'metric', 'date', 'observed_hour']) }}

with source as (
    {{ landed_answers('youtube', 'account_metrics') }}
),

{{ youtube_report() }},

renamed as (
    select
        account_id,
        part.metric as metric,
        {{ moment('try_cast(cells[1] as date)') }} as date,
        observed_hour,
        observed_at,
        part.value as value,
        answer_id,
        landed_at
    from parts
)

select * from renamed
{{ landed_last(['account_id', 'metric', 'date', 'observed_hour']) }}
