{{ config(unique_key=['account_id', 'date', 'observed_hour']) }}

with source as (
    {{ landed_answers('imported', 'imported_followers') }}
),

items as (
    select
        * exclude (request, body, observed_at),
        observed_at as exported_at,
        unnest(from_json(body -> '$.rows', '[{"date": "DATE", "followers": "BIGINT"}]')) as day
    from source
),

renamed as (
    select
        account_id,
        day.date as date,
        observed_hour,
        -- Of a day that the network told of itself, its own figure counts: 14 hours before midnight UTC it is
        -- still the day before everywhere, so whatever was asked for on the day itself is newer. And of two
        -- files the one exported later: each second that it was exported before 2100 is a microsecond back.
        cast(day.date as timestamptz) - interval '14 hours' - to_microseconds(
            cast(epoch(timestamptz '2100-01-01 00:00:00+00') - epoch(exported_at) as bigint)
        ) as observed_at,
        day.followers as followers,
        exported_at,
        answer_id,
        landed_at
    from items
)

select * from renamed
{{ landed_last(['account_id', 'date', 'observed_hour']) }}
