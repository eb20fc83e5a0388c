/** Operators of a query document (`filter`, `$match`). `$where`, `$text`, `$jsonSchema` and the geospatial ones are left out on purpose. */
export const queryOperators: ReadonlySet<string> = new Set(
  `$eq $ne $gt $gte $lt $lte $in $nin $and $or $nor $not $exists $type $mod $regex $options $all $elemMatch $size $expr
   $bitsAllClear $bitsAllSet $bitsAnyClear $bitsAnySet`.split(/\s+/),
);

/** Operators of an expression, of `$group` and of a window. `$function` and `$accumulator` run code and are left out on purpose. */
export const expressionOperators: ReadonlySet<string> = new Set(
  `$abs $add $ceil $divide $exp $floor $ln $log $log10 $mod $multiply $pow $round $sigmoid $sqrt $subtract $trunc
   $arrayElemAt $arrayToObject $concatArrays $filter $first $firstN $in $indexOfArray $isArray $last $lastN $map $maxN $minN $range $reduce
   $reverseArray $size $slice $sortArray $zip
   $bitAnd $bitNot $bitOr $bitXor $and $not $or $cmp $eq $gt $gte $lt $lte $ne $cond $ifNull $switch
   $dateAdd $dateDiff $dateFromParts $dateFromString $dateSubtract $dateToParts $dateToString $dateTrunc $dayOfMonth $dayOfWeek $dayOfYear
   $hour $isoDayOfWeek $isoWeek $isoWeekYear $millisecond $minute $month $second $week $year
   $literal $getField $rand $sampleRate $mergeObjects $objectToArray $setField $unsetField
   $allElementsTrue $anyElementTrue $setDifference $setEquals $setIntersection $setIsSubset $setUnion
   $concat $indexOfBytes $indexOfCP $ltrim $regexFind $regexFindAll $regexMatch $replaceAll $replaceOne $rtrim $split $strcasecmp
   $strLenBytes $strLenCP $substr $substrBytes $substrCP $toLower $toUpper $trim
   $acos $acosh $asin $asinh $atan $atan2 $atanh $cos $cosh $degreesToRadians $radiansToDegrees $sin $sinh $tan $tanh
   $convert $isNumber $toBool $toDate $toDecimal $toDouble $toInt $toLong $toString $type $let
   $addToSet $avg $bottom $bottomN $count $covariancePop $covarianceSamp $max $median $min $percentile $push $stdDevPop $stdDevSamp $sum
   $top $topN $denseRank $derivative $documentNumber $expMovingAvg $integral $linearFill $locf $rank $shift`.split(/\s+/),
);

/** What a stage's value is made of, which decides how it is walked. */
export type StageShape = "query" | "expression" | "pipelines" | "lookup" | "union" | "graph";

/** The stages that may run, and nothing else: none of them writes, looks at the server, or never ends. */
export const stages: ReadonlyMap<string, StageShape> = new Map<string, StageShape>([
  ["$match", "query"],
  ["$facet", "pipelines"],
  ["$lookup", "lookup"],
  ["$unionWith", "union"],
  ["$graphLookup", "graph"],
  ...`$addFields $bucket $bucketAuto $count $fill $group $limit $project $redact $replaceRoot $replaceWith $sample $set $setWindowFields
      $skip $sort $sortByCount $unset $unwind`
    .split(/\s+/)
    .map((name): [string, StageShape] => [name, "expression"]),
]);

/** MongoDB's extended JSON: typed values, not operators. Only a backend that stores such types can compare with them. */
export const extendedJsonKeys: ReadonlySet<string> = new Set(
  "$oid $date $numberInt $numberLong $numberDouble $numberDecimal $uuid".split(" "),
);

/** Variables a pipeline may read without defining them. */
export const systemVariables: ReadonlySet<string> = new Set(["ROOT", "CURRENT", "NOW", "REMOVE", "KEEP", "PRUNE", "DESCEND"]);

/** Database commands that only read. */
export const readCommands: ReadonlySet<string> = new Set([
  "find",
  "count",
  "distinct",
  "aggregate",
  "explain",
  "listCollections",
  "dbStats",
  "ping",
]);
