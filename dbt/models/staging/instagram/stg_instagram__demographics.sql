{{ config(unique_key=['account_id', 'metric', 'dimension', 'segment', 'observed_hour']) }}

{{ graph_demographics('instagram') }}
