with observations as (
    select * from {{ ref('int_account_observations') }}
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
