"""Fields of X's objects that may be asked for, by naming family."""

from __future__ import annotations

_BOTH = """
article attachments author_id card_uri community_id context_annotations conversation_id created_at
display_text_range edit_controls entities geo id in_reply_to_user_id lang matched_media_notes
media_metadata non_public_metrics note_request_suggestions organic_metrics paid_partnership
possibly_sensitive promoted_metrics public_metrics reply_settings scopes source suggested_source_links
suggested_source_links_with_counts text withheld
"""
_USER = """
affiliation confirmed_email connection_status created_at description entities id is_identity_verified
location most_recent_tweet_id most_recent_post_id name parody pinned_tweet_id pinned_post_id
profile_banner_url profile_image_url protected public_metrics receives_your_dm subscribes_to_you
subscription subscription_type url username verified verified_followers_count verified_type withheld
"""
POST_FIELDS = {
    "tweet": frozenset(_BOTH.split()) | {"edit_history_tweet_ids", "note_tweet", "referenced_tweets"},
    "post": frozenset(_BOTH.split())
    | {"article_title", "edit_history_post_ids", "note_post", "referenced_posts"},
}
USER_FIELDS = frozenset(_USER.split())
