import type { QueryType } from "../ports/query.ts";

/** A way of asking that speaks for one type. */
export interface Cue {
  readonly name: string;
  readonly pattern: RegExp;
  readonly type: QueryType;
  /** Natural-log odds it adds. */
  readonly weight: number;
}

const cue = (type: QueryType, weight: number, name: string, pattern: RegExp): Cue => ({ type, weight, name, pattern });

// Patterns are anchored on words and free of nested repetition, so they stay linear in the length of the question.
export const cues: readonly Cue[] = [
  cue(
    "schema",
    3.2,
    "asks for collections, tables or fields",
    /\b(what|which|list|show|give|name|describe|see|enumerate)\b.{0,30}\b(collections?|tables?|fields?|columns?|schemas?|databases?|data ?sets?|entities|attributes)\b(?! (about|mean|for\b))/i,
  ),
  cue(
    "schema",
    2.6,
    "asks for the structure",
    /\b(schema|data model|data types?|structure of|metadata|primary keys?|foreign keys?|relationships? between|how (is|are) .{0,40}\b(structured|organi[sz]ed|modell?ed|related|connected))\b/i,
  ),
  cue(
    "schema",
    2.4,
    "asks what there is",
    /\b(what (data|information|kinds? of data|sort of data) (is|are|do|does|can)|what can i (ask|query)|what('s| is) (in|inside) (the|this) (data ?base|data))\b/i,
  ),
  cue("schema", 2.2, "asks what something stores", /\b(fields?|columns?|attributes?)\b.{0,30}\b(does|do|of|in|are|available|exist)\b/i),

  cue(
    "tool",
    3.6,
    "orders an operation on the system",
    /^\s*(please |can you |could you |kindly )?(clear|flush|purge|invalidate|reset|restart|reboot|reload|rebuild|reindex|refresh|warm|vacuum|optimi[sz]e|back ?up|restore|deploy|scale|enable|disable|pause|resume|kill|stop|start|shut ?down|rotate|migrate|sync|schedule|trigger|run|execute|ping|check)\b.{0,60}\b(cache|caches|index|indexes|indices|server|servers|service|services|queue|jobs?|tasks?|worker|workers|connections?|pool|logs?|backups?|cluster|nodes?|pods?|pipeline|database|db|system|session|sessions|health|status|stats|replicas?|keys?|cron)\b/i,
  ),
  cue(
    "tool",
    3,
    "orders a change",
    /^\s*(please |can you |could you |kindly )?(create|drop|delete|remove|insert|add|update|rename|upload|send|set|grant|revoke|store|save)\b/i,
  ),
  cue(
    "tool",
    2.8,
    "asks how the system is doing",
    /\b((server|system|service|cluster|database|db|cache) (status|health|stats|statistics|uptime|load|metrics|version)|memory usage|disk (space|usage)|cpu (usage|load)|open connections|slow quer(y|ies)|(is|are) the (server|database|service|cache|system) (up|down|running|healthy|alive|ok))\b/i,
  ),

  cue(
    "rag",
    3.4,
    "asks what something is about",
    /\b(what(('s)| is| are| was) .{1,80}\babout|tell me (more )?about|what does .{1,60}\b(mean|say|cover|describe|contain|stand for))\b/i,
  ),
  cue(
    "rag",
    2.4,
    "asks for an explanation",
    /\b(explain|why (is|are|do|does|did|was|were|would|should|can|must)|how (do|does|can|should|would|to|did) (i|we|you|it|one|they|the|a|an)\b|what happens (if|when)|what causes|reason for|difference between|pros and cons|best practices?|advantages?|disadvantages?)/i,
  ),
  cue(
    "rag",
    2.6,
    "refers to documents",
    /\b(according to|documents?|documentation|docs|manual|handbook|policy|policies|guide|guidelines?|article|paper|report says|contract|terms|faq|wiki|knowledge base|readme|licen[cs]e|methodology|data source|come from|provenance|collected|citation)\b/i,
  ),
  cue(
    "rag",
    1.8,
    "asks for a summary",
    /\b(summari[sz]e|summary of|overview of|describe|definition of|define|background on|introduction to)\b/i,
  ),
  cue("rag", 0.9, "asks what something is", /^\s*what (is|are) (a|an|the)?\s?\w+(\s\w+){0,3}\s*\??$/i),

  cue(
    "complex",
    3.6,
    "groups",
    /\b(per|for each|by each|for every|each|group(ed)? by|broken? down|breakdown|distribution of|by (country|region|year|month|quarter|week|day|type|category|department|status|state|city|genre|origin|customer|product|gender|age|name))\b/i,
  ),
  cue(
    "complex",
    2.2,
    "ranks by a count or sum",
    /\b(which|what|who|top|the)\b.{0,60}\b(most|fewest|least|highest number|largest number|greatest number|lowest number|maximum number|minimum number|the more)\b(?! (recent|expensive|popular))/i,
  ),
  cue("complex", 1.4, "top or bottom N", /\b(top|bottom|first|last|best|worst)\s+(\d+|three|five|ten|few)\b/i),
  cue(
    "complex",
    2,
    "compares or follows over time",
    /\b(compare|compared (to|with)|versus|vs\.?|trend|over time|growth|grew|increase[ds]?|decrease[ds]?|change[ds]? (in|between)|correlat\w+|year[- ]over[- ]year|month[- ]over[- ]month|ratio|share of|percentage|percent|proportion|cumulative|running total|moving average|median|variance|standard deviation)\b/i,
  ),
  cue(
    "complex",
    1.8,
    "takes one set from another",
    /\b(never|without any|do(es)? not have|don'?t have|doesn'?t have|have no|has no|not (in|on|ordered|bought|purchased)|both .{1,60} and|but not|except|neither)\b/i,
  ),
  cue(
    "complex",
    1.6,
    "asks for groups with a condition on them",
    /\b(with|have|has|had|having)\s+(more than|at least|over|fewer than|less than|exactly|at most)\s+(\d+|one|two|three|four|five|ten)\s+[a-z]+s\b/i,
  ),
  cue(
    "complex",
    1.2,
    "aggregates over what belongs to others",
    /\b(average|total|sum|number|count|mean)\b.{0,40}\b(by|across|among|between|for all)\b/i,
  ),

  cue("simple", 1.6, "counts", /\b(how many|number of|count (of|the|all)?)\b/i),
  cue(
    "simple",
    1.4,
    "looks up or lists",
    /^\s*(please |can you |could you )?(list|show|find|get|give|fetch|display|return|look up|retrieve|name|select)\b/i,
  ),
  cue("simple", 1.2, "asks for one thing", /^\s*(who|when|where|which|what(('s)| is| are| was| were)? the)\b/i),
  cue(
    "simple",
    1.3,
    "one plain aggregate",
    /\b(average|mean|total|sum|maximum|minimum|max|min|highest|lowest|longest|shortest|oldest|youngest|newest|latest|earliest|largest|smallest|cheapest|biggest|heaviest|fastest|most expensive|most recent)\b/i,
  ),
  cue(
    "simple",
    0.8,
    "filters by a value",
    /\b(where|with|from|in|named|called|titled|after|before|since|between|above|below|over|under|greater than|less than|more than|equal to|longer than|shorter than)\b/i,
  ),
  cue("simple", 0.6, "names a value", /("[^"]+"|'[^']+'|\b\d{2,}\b)/),
];
