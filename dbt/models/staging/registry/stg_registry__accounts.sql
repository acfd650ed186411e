{{ config(materialized='view') }}

with source as (
    select * from {{ source('raw', 'accounts') }}
),

renamed as (
    select
        account_id,
        organization_id,
        organization_name,
        brand_id,
        brand_name,
        network,
        external_id,
        account_name,
        timezone,
        connected_at,
        status
    from source
)

select * from renamed
