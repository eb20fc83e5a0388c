import { type Collection, type Field, isNumeric, keyOf } from "./catalog.ts";
import { type ChosenField, type Context, cueFits, fieldByWords, nearby, Unplannable } from "./context.ts";
import type { FilterReading, Frame, Thing, Wanted } from "./frame.ts";
import { additiveWords, expandAbbreviation, moneyFields, nameFields, quantityFields, tallyFields, unitPriceFields } from "./lexicon.ts";
import type { Condition, FieldRef, GroupKey, Hop, Join, Measure, OrderBy, QueryPlan, SelectedField } from "./query-plan.ts";
import { isKeyLike } from "./reading.ts";
import { type Edge, endOf, type Path } from "./relation-graph.ts";
import type { TimeSpan } from "./times.ts";
import { nameWords } from "./words.ts";

interface TradeRoot {
  readonly root: Collection;
  readonly of: Field;
  readonly times?: Field | undefined;
  /** Where the price of a piece stands, when not in the row itself. */
  readonly priceAt?: Collection | undefined;
  readonly cost: number;
}

interface Built {
  readonly plan: QueryPlan;
  /** How far the plan had to reach: joins and guesses lower it. */
  readonly fit: number;
}

/** Fields that tell a person which row it is: a name or title, first and last name together. */
export function displayFields(collection: Collection): readonly Field[] {
  const named = (pattern: RegExp): Field | undefined =>
    collection.fields.find((field) => field.type === "string" && pattern.test(nameWords(field.name).join(" ")));
  const first = named(/^(first|given|fore) ?name$|^fname$/);
  const last = named(/^(last|family|sur) ?name$|^lname$|^surname$/);
  if (first && last) return [first, last];
  const owner = nameWords(collection.name);
  for (const name of nameFields) {
    const words = name.split(" ");
    const exact = collection.fields.find((field) => {
      const own = nameWords(field.name);
      const rest = own.filter((word) => !owner.includes(word));
      return field.type === "string" && (own.join(" ") === name || (rest.length > 0 && rest.join(" ") === name));
    });
    if (exact) return [exact];
    if (words.length === 1 && (name === "name" || name === "title")) {
      const ending = collection.fields.find((field) => field.type === "string" && nameWords(field.name).at(-1) === name);
      if (ending) return [ending];
    }
  }
  const unique = collection.fields.find((field) => field.type === "string" && field.unique && !isKeyLike(field));
  if (unique) return [unique];
  const key = keyOf(collection);
  if (key) return [key];
  const date = collection.fields.filter((field) => field.type === "date");
  if (date.length === 1 && date[0]) return [date[0]];
  const varied = collection.fields
    .filter((field) => field.type === "string" && !field.name.startsWith("_"))
    .toSorted((a, b) => (b.values?.counts.size ?? 0) - (a.values?.counts.size ?? 0));
  return varied.slice(0, 1);
}

/** Turns what was understood into a plan over the catalog's relations. Throws `Unplannable` when no plan fits. */
export function buildPlan(context: Context, frame: Frame): Built {
  const { catalog, graph } = context;
  const joins: Join[] = [];
  let reach = 0;
  let rolled = false;

  const groupThings = [...frame.groups];
  let wanted = frame.wanted;
  let rank = frame.rank;
  let target = frame.target;
  const shown = [...frame.shown];
  const having = [...frame.having];

  // A year or month asked for as "which year" is a key.
  if (rank?.by.kind === "rows") {
    const counted = target;
    if (!counted) throw new Unplannable("it does not say what to count");
    groupThings.unshift({ thing: counted, unit: counted.unit });
    const rows = shown.find((one) => one.kind === "entity" && !(counted.kind === "entity" && counted.collection === one.collection));
    const things: Thing = rows ?? {
      kind: "entity",
      collection: counted.kind === "field" ? counted.chosen.collection : factOf(counted.collection),
      unit: counted.unit,
    };
    wanted = { kind: "count", thing: things };
    rank = { direction: rank.direction, by: wanted };
    target = undefined;
  }

  const measure = settle();
  const from: Collection = measure.from;
  const conditions = buildConditions(from);
  const plan = measure.kind === "list" ? listPlan(from, conditions) : measuredPlan(from, conditions, measure.wanted, measure.keys);
  return { plan, fit: Math.max(0.3, 1 - 0.02 * reach) };

  /** Decides from where rows are taken, and by what they are grouped. */
  function settle(): { kind: "list"; from: Collection } | { kind: "measured"; from: Collection; wanted: Wanted; keys: readonly Key[] } {
    const keys: Key[] = groupThings.map((group) => ({ thing: group.thing, bucket: group.bucket }));
    const superlativeKey = (thing: Thing): void => {
      if (!keys.some((key) => sameThing(key.thing, thing))) keys.unshift({ thing, bucket: undefined });
    };
    if (rank && rank.by.kind !== "dimension" && rank.by.kind !== "rows") {
      const by = rank.by;
      if (by.kind === "field") {
        // A row's own field ranks rows; another thing is grouped and takes its best.
        const owner = target?.kind === "entity" ? target.collection : undefined;
        if (!target) {
          const isAsked = keys.length > 0 || frame.ask !== "list";
          if (isAsked && !frame.who) {
            wanted = { kind: "aggregate", fn: rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
            rank = undefined;
          } else target = { kind: "entity", collection: by.chosen.collection, unit: -1 };
        } else if (target.kind === "field" && target.chosen.field !== by.chosen.field) {
          if (target.chosen.field.unique || isDisplay(target.chosen) || (wanted === undefined && isNumeric(target.chosen.field))) {
            shown.push(target);
            target = { kind: "entity", collection: target.chosen.collection, unit: target.unit };
          } else {
            askTotal(target.chosen, by.chosen);
            superlativeKey(target);
            wanted = { kind: "aggregate", fn: rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
            rank = { direction: rank.direction, by: wanted };
          }
        } else if (owner && owner !== by.chosen.collection && graph.up(owner.name, by.chosen.collection.name).length === 0) {
          if (graph.up(by.chosen.collection.name, owner.name).length > 0 && target) {
            superlativeKey(target);
            wanted = { kind: "aggregate", fn: rank.direction === "desc" ? "max" : "min", chosen: by.chosen };
            rank = { direction: rank.direction, by: wanted };
          } else if (owner !== by.chosen.collection) throw new Unplannable(`${owner.name} has no ${by.chosen.field.name}`);
        }
      } else {
        wanted = wanted?.kind === "count" && frame.ask === "count" && !target ? wanted : by;
        if (wanted !== by) rank = undefined;
        if (target) superlativeKey(target);
        else if (keys.length === 0) {
          const own = shown.shift();
          if (own) superlativeKey(own);
          else if (frame.who) superlativeKey(personThing());
          else throw new Unplannable("it does not say what to rank");
        }
        target = undefined;
      }
    }
    if (rank?.by.kind === "dimension") {
      const dimension = rank.by.dimension;
      const subject =
        target?.kind === "entity"
          ? target.collection
          : (target?.chosen.collection ?? (frame.who ? personThing().collection : context.main));
      const other = shown.find((one) => one.kind === "entity" && one.collection !== subject);
      const objects = other?.kind === "entity" ? [other.collection, subject] : [subject, ...nearby(context, subject, true).slice(1, 3)];
      const accept = (field: Field): boolean =>
        (dimension.temporal ? field.type === "date" || (isNumeric(field) && /year|age/i.test(field.name)) : false) ||
        (isNumeric(field) && !isKeyLike(field) && !(dimension.temporal && !/year|age/i.test(field.name)));
      const chosen =
        fieldByWords(context, dimension.fields, objects, accept, dimension.high ? "high" : "low") ??
        (dimension.temporal ? onlyDate(subject) : undefined);
      if (!chosen) throw new Unplannable(`nothing in ${subject.name} is called ${dimension.fields.slice(0, 3).join(", ")}`);
      let direction = rank.direction;
      if (dimension.temporal) {
        const isAge = isNumeric(chosen.field) && /age/i.test(chosen.field.name);
        direction = isAge ? (dimension.high ? "desc" : "asc") : dimension.high ? "asc" : "desc";
      }
      if (keys.length === 0 && chosen.collection !== subject && graph.up(chosen.collection.name, subject.name).length > 0) {
        superlativeKey(target ?? { kind: "entity", collection: subject, unit: -1 });
        wanted = { kind: "aggregate", fn: frame.over === "avg" ? "avg" : direction === "desc" ? "max" : "min", chosen };
        rank = { direction, by: wanted };
        target = undefined;
      } else if (
        keys.length > 0 ||
        (target?.kind === "field" &&
          !target.chosen.field.unique &&
          !isDisplay(target.chosen) &&
          !isNumeric(target.chosen.field) &&
          target.chosen.collection === chosen.collection &&
          context.units.length > 0 &&
          frame.mentioned.every((one) => one !== chosen.collection))
      ) {
        if (target?.kind === "field") superlativeKey(target);
        wanted = { kind: "aggregate", fn: frame.over === "avg" ? "avg" : direction === "desc" ? "max" : "min", chosen };
        rank = frame.groups.length > 0 ? undefined : { direction, by: wanted };
        target = undefined;
      } else {
        if (target?.kind === "field") {
          shown.push(target);
          target = { kind: "entity", collection: target.chosen.collection, unit: target.unit };
        }
        rank = { direction, by: { kind: "field", chosen } };
        target ??= { kind: "entity", collection: subject, unit: -1 };
      }
    }
    if (having.length > 0) {
      const first = having[0];
      if (first && !wanted) wanted = first.of;
      else if (first && wanted?.kind === "count" && frame.ask === "count") {
        // "how many genres have more than 100 tracks": groups are counted.
        superlativeKey(wanted.thing);
        wanted = first.of;
        rolled = true;
      }
      if (target && !rolled) {
        superlativeKey(target);
        target = undefined;
      }
      if (keys.length === 0) {
        const own = shown.shift();
        if (!own) throw new Unplannable("it does not say what has that many");
        superlativeKey(own);
      }
    }
    const sortWanted = frame.sort?.by && frame.sort.by.kind !== "field" ? frame.sort.by : undefined;
    if (sortWanted && !wanted) {
      wanted = sortWanted;
      if (target) superlativeKey(target);
      target = undefined;
    }
    if (!wanted) {
      const subject = target ?? shown[0];
      const each = keys.length === 1 && keys[0]?.thing?.kind === "entity" ? keys[0].thing : undefined;
      if (
        each &&
        subject?.kind === "field" &&
        (subject.chosen.collection === each.collection || graph.up(each.collection.name, subject.chosen.collection.name).length > 0)
      ) {
        // "the title and artist of each album" lists albums.
        shown.unshift(subject);
        target = each;
        return { kind: "list", from: each.collection };
      }
      if (keys.length > 0 && !subject) throw new Unplannable("it does not say what to measure");
      if (!subject && frame.filters.some((filter) => collectionOfFilter(filter) === context.main && filter.test.kind !== "time")) {
        target = { kind: "entity", collection: context.main, unit: -1 };
        return { kind: "list", from: context.main };
      }
      if (!subject) throw new Unplannable("it does not say what to look for");
      if (keys.length > 0 && subject.kind === "field" && isNumeric(subject.chosen.field)) {
        throw new Unplannable(`it does not say whether to add up or average ${subject.chosen.field.name}`);
      }
      if (keys.length > 0) return settled({ kind: "count", thing: subject }, keys);
      return { kind: "list", from: listRoot(subject) };
    }
    if (
      wanted.kind !== "share" &&
      frame.ask !== "count" &&
      frame.ask !== "exists" &&
      target &&
      !keys.some((key) => sameThing(key.thing, target)) &&
      !(wanted.kind === "count" && sameThing(wanted.thing, target)) &&
      !shown.includes(target)
    ) {
      superlativeKey(target);
      target = undefined;
    }
    return settled(wanted, keys);
  }

  /**
   * "which region has the largest population": the largest sum, or the region of the largest single one? Both are meant at times,
   * unless each group holds one row a year.
   */
  function askTotal(key: ChosenField, of: ChosenField): void {
    if (
      !nameWords(of.field.name)
        .map(expandAbbreviation)
        .some((word) => additiveWords.has(word))
    )
      return;
    const size = key.field.values?.counts.size ?? 0;
    const yearly = key.collection.fields.some((field) => isNumeric(field) && nameWords(field.name).join(" ") === "year");
    if (size > 0 && yearly && key.collection.count % size === 0) return;
    throw new Unplannable(`The ${of.field.name} of each ${key.field.name} may be added up or not`, [
      `total ${of.field.name}`,
      `highest single ${of.field.name}`,
      `average ${of.field.name}`,
    ]);
  }

  function personThing(): Extract<Thing, { kind: "entity" }> {
    const person = nearby(context, context.main).find((one) => displayFields(one).length === 2) ?? context.main;
    return { kind: "entity", collection: person, unit: -1 };
  }

  function onlyDate(subject: Collection): ChosenField | undefined {
    const dates = subject.fields.filter((field) => field.type === "date");
    return dates.length === 1 && dates[0] ? { collection: subject, field: dates[0], score: 0.5 } : undefined;
  }

  /** A number that only points at another row. */
  function isForeignKey({ collection, field }: ChosenField): boolean {
    return isNumeric(field) && catalog.relations.some((one) => one.from.collection === collection.name && one.from.field === field.name);
  }

  function isDisplay(chosen: ChosenField): boolean {
    return displayFields(chosen.collection).includes(chosen.field);
  }

  /** The collection whose rows point at another: what "most popular genre" counts. */
  function factOf(collection: Collection): Collection {
    const pointing = catalog.relations.filter((one) => one.to.collection === collection.name && one.from.collection !== collection.name);
    const mentioned = pointing.find((one) => frame.mentioned.some((other) => other.name === one.from.collection));
    const only = mentioned ?? (pointing.length === 1 ? pointing[0] : undefined);
    const found = only && catalog.collections.find((one) => one.name === only.from.collection);
    if (!found) throw new Unplannable(`it does not say by what ${collection.name} are counted`);
    return found;
  }

  function settled(what: Wanted, keys: readonly Key[]): { kind: "measured"; from: Collection; wanted: Wanted; keys: readonly Key[] } {
    const keyCollections = keys.flatMap((key) => (key.thing ? [collectionOfThing(key.thing)] : []));
    if (
      what.kind === "aggregate" &&
      what.fn !== "sum" &&
      keys.length === 1 &&
      keys[0]?.thing?.kind === "entity" &&
      keys[0].thing.collection === what.chosen.collection &&
      !rank &&
      having.length === 0
    ) {
      // "average cost per visit" is the average over visits.
      return { kind: "measured", from: what.chosen.collection, wanted: what, keys: [] };
    }
    const entityKeys = keys.flatMap((key) => (key.thing?.kind === "entity" ? [key.thing.collection] : []));
    const start = rootOf(what, keyCollections, entityKeys);
    return { kind: "measured", from: start, wanted: what, keys };
  }

  function rootOf(what: Wanted, keys: readonly Collection[], entityKeys: readonly Collection[]): Collection {
    const reaches = (one: Collection): boolean => keys.every((key) => graph.up(one.name, key.name).length > 0);
    if (what.kind === "aggregate") {
      if (!reaches(what.chosen.collection))
        throw new Unplannable(
          `${what.chosen.field.name} of ${what.chosen.collection.name} cannot be told apart by ${keys.map((key) => key.name).join(", ")}`,
        );
      return what.chosen.collection;
    }
    if (what.kind === "share") {
      if (target) return collectionOfThing(target);
      return context.main;
    }
    if (what.kind === "trade") {
      const found = tradeRoot(what, keys);
      return found.root;
    }
    const counted = collectionOfThing(what.thing);
    const selfCounted = what.thing.kind === "entity" && keys.length > 0 && entityKeys.length > 0 && keys.every((key) => key === counted);
    if (reaches(counted) && !selfCounted) return counted;
    if (selfCounted) {
      if (graph.self(counted.name).length === 1) return counted;
      return factOf(counted);
    }
    const bridges = catalog.collections
      .filter((one) => reaches(one) && graph.up(one.name, counted.name).length > 0)
      .map((one) => ({
        one,
        cost:
          [counted, ...keys].reduce((sum, end) => sum + (graph.up(one.name, end.name)[0]?.length ?? 9), 0) +
          (frame.mentioned.includes(one) ? -0.5 : 0),
      }))
      .toSorted((a, b) => a.cost - b.cost);
    const bridge = bridges[0]?.one;
    if (!bridge) throw new Unplannable(`${counted.name} and ${keys.map((key) => key.name).join(", ")} are not connected`);
    return bridge;
  }

  function tradeRoot(what: Extract<Wanted, { kind: "trade" }>, keys: readonly Collection[]): TradeRoot {
    const reaches = (one: Collection): boolean => keys.every((key) => graph.up(one.name, key.name).length > 0);
    const filtersNeed = frame.filters.flatMap((filter) =>
      "chosen" in filter.test && filter.test.chosen ? [filter.test.chosen.collection] : [],
    );
    const options = nearby(context, context.main)
      .filter((one) => reaches(one))
      .flatMap((one): TradeRoot[] => {
        const numeric = (field: Field): boolean => isNumeric(field) && !isKeyLike(field);
        const find = (list: readonly string[], minimum: number): ChosenField | undefined => {
          const found = fieldByWords(context, list, [one], numeric);
          return found && found.score >= minimum ? found : undefined;
        };
        const quantity = find(quantityFields.slice(0, -1), 0.75);
        const price = find(unitPriceFields, 0.75);
        const total = find(moneyFields, 0.75);
        const cost =
          keys.reduce((sum, key) => sum + (graph.up(one.name, key.name)[0]?.length ?? 0), 0) +
          filtersNeed.reduce(
            (sum, need) => sum + (graph.up(one.name, need.name).length > 0 ? 0.3 * (graph.up(one.name, need.name)[0]?.length ?? 0) : 3),
            0,
          ) +
          (frame.mentioned.includes(one) ? -0.5 : 0);
        if (what.of === "units") return quantity ? [{ root: one, of: quantity.field, times: undefined, cost }] : [];
        if (total) return [{ root: one, of: total.field, times: undefined, cost }];
        if (quantity && price && price.field !== quantity.field)
          return [{ root: one, of: price.field, times: quantity.field, cost: cost + 0.2 }];
        // The price may stand with the thing sold.
        const elsewhere = quantity && fieldByWords(context, unitPriceFields, nearby(context, one, true).slice(1, 4), numeric);
        if (quantity && elsewhere && elsewhere.score >= 0.9)
          return [{ root: one, of: quantity.field, times: elsewhere.field, priceAt: elsewhere.collection, cost: cost + 0.4 }];
        return [];
      })
      .toSorted((a, b) => a.cost - b.cost);
    const best = options[0];
    if (best) return best;
    throw new Unplannable(what.of === "money" ? "no amount of money was found for that" : "no quantity was found for that");
  }

  function listRoot(subject: Thing): Collection {
    return collectionOfThing(subject);
  }

  function alias(path: Path): string | undefined {
    let via: string | undefined;
    let at = from;
    for (const edge of path) {
      const existing = joins.find(
        (join) => join.via === via && join.field === edge.relation.from.field && join.to === edge.relation.to.collection,
      );
      if (existing) {
        via = existing.as;
      } else {
        const base = edge.relation.to.collection.replace(/[^A-Za-z0-9_]/g, "_");
        let name = base;
        for (let count = 2; joins.some((join) => join.as === name); count++) name = `${base}${count}`;
        joins.push({
          as: name,
          ...(via === undefined ? {} : { via }),
          field: edge.relation.from.field,
          to: edge.relation.to.collection,
          toField: edge.relation.to.field,
        });
        via = name;
        reach++;
      }
      at = catalog.collections.find((one) => one.name === endOf(edge)) ?? at;
    }
    return via;
  }

  /** The join that follows one relation from where another join stands. */
  function aliasFrom(
    via: string | undefined,
    relation: { readonly from: { readonly field: string }; readonly to: { readonly collection: string; readonly field: string } },
  ): string {
    const existing = joins.find((join) => join.via === via && join.field === relation.from.field && join.to === relation.to.collection);
    if (existing) return existing.as;
    const base = relation.to.collection.replace(/[^A-Za-z0-9_]/g, "_");
    let as = base;
    for (let count = 2; joins.some((join) => join.as === as); count++) as = `${base}${count}`;
    joins.push({
      as,
      ...(via === undefined ? {} : { via }),
      field: relation.from.field,
      to: relation.to.collection,
      toField: relation.to.field,
    });
    reach++;
    return as;
  }

  /** Of several ways to the same collection, the one the words point at. */
  function choosePath(paths: readonly Path[], cue: string | undefined, to: Collection, through?: ChosenField): Path {
    if (paths.length === 1 && paths[0]) return paths[0];
    const fieldsOf = (path: Path): string[] => path.map((edge) => edge.relation.from.field);
    if (through) {
      const named = paths.filter((path) => fieldsOf(path).includes(through.field.name));
      if (named.length === 1 && named[0]) return named[0];
    }
    const cues = cue === undefined ? frame.cues.map((one) => one.cue) : [cue];
    for (const one of cues) {
      const fitting = paths.filter((path) => fieldsOf(path).some((name) => cueFits(one, { name })));
      if (fitting.length === 1 && fitting[0]) return fitting[0];
    }
    const shownFields = [...shown, ...(target ? [target] : [])].flatMap((one) => (one.kind === "field" ? [one.chosen.field.name] : []));
    const pointed = paths.filter((path) => fieldsOf(path).some((name) => shownFields.includes(name)));
    if (pointed.length === 1 && pointed[0]) return pointed[0];
    throw new Unplannable(
      `${to.name} can be reached in several ways`,
      paths.map((path) => fieldsOf(path).join(", ")),
    );
  }

  function refTo(collection: Collection, field: Field, cue?: string, through?: ChosenField): FieldRef {
    if (through && through.collection === from) {
      const relation = catalog.relations.find(
        (one) => one.from.collection === from.name && one.from.field === through.field.name && one.to.collection === collection.name,
      );
      if (relation) {
        if (relation.to.field === field.name) return { field: relation.from.field };
        const edge: Edge = { relation, direction: "up" };
        return { field: field.name, via: alias([edge]) };
      }
    }
    if (collection === from) return { field: field.name };
    const paths = graph.up(from.name, collection.name);
    if (paths.length === 0) throw new Unplannable(`${from.name} and ${collection.name} are not connected that way`);
    const path = choosePath(paths, cue, collection, through);
    // The key itself stands in the row that points at it.
    const last = path.at(-1);
    if (last && last.relation.to.field === field.name) {
      const via = path.length === 1 ? undefined : alias(path.slice(0, -1));
      return { field: last.relation.from.field, ...(via === undefined ? {} : { via }) };
    }
    const via = alias(path);
    return { field: field.name, ...(via === undefined ? {} : { via }) };
  }

  function timeCondition(
    ref: FieldRef,
    field: Field,
    span: TimeSpan,
    relation: "in" | "before" | "after" | "since" | "through",
    negated: boolean,
  ): Condition {
    if (isNumeric(field)) {
      const [low, high] = span.years ?? (span.year === undefined ? [undefined, undefined] : [span.year, span.year]);
      if (low === undefined || high === undefined) throw new Unplannable(`${field.name} holds years, not ${span.text}`);
      const compare = (op: ">" | ">=" | "<" | "<=" | "=" | "!=", value: number): Condition => ({ kind: "compare", field: ref, op, value });
      const flip = <T>(yes: T, no: T): T => (negated ? no : yes);
      if (relation === "before") return compare(flip("<", ">="), low);
      if (relation === "after") return compare(flip(">", "<="), high);
      if (relation === "since") return compare(flip(">=", "<"), low);
      if (relation === "through") return compare(flip("<=", ">"), high);
      if (low === high) return compare(flip("=", "!="), low);
      return negated
        ? { kind: "any", conditions: [compare("<", low), compare(">", high)] }
        : { kind: "all", conditions: [compare(">=", low), compare("<=", high)] };
    }
    if (span.part) return { kind: "calendar", field: ref, part: span.part.kind, value: span.part.value };
    const range = (from_: string | undefined, to_: string | undefined): Condition => ({
      kind: "dates",
      field: ref,
      ...(from_ === undefined ? {} : { from: from_ }),
      ...(to_ === undefined ? {} : { to: to_ }),
      ...(negated ? { negated } : {}),
    });
    if (relation === "before") return range(undefined, span.from);
    if (relation === "after") return range(span.to, undefined);
    if (relation === "since") return range(span.from, undefined);
    if (relation === "through") return range(undefined, span.to);
    return range(span.from, span.to);
  }

  /** The date a time without a field refers to: the only one, or the one that says when the row came to be. */
  function defaultTimeField(start: Collection, span: TimeSpan): ChosenField {
    for (const collection of nearby(context, start, true)) {
      const dates = collection.fields.filter((field) => field.type === "date" && !/birth|born|dob|death|expir|due/i.test(field.name));
      const years = collection.fields.filter((field) => isNumeric(field) && nameWords(field.name).includes("year"));
      const fields =
        dates.length > 0 && !(span.year !== undefined && years.length === 1 && dates.length === 0)
          ? dates
          : span.year !== undefined || span.years
            ? years
            : dates;
      if (fields.length === 1 && fields[0]) return { collection, field: fields[0], score: 0.6 };
      if (fields.length > 1) {
        const own = fields.filter(
          (field) =>
            /^(date|created|year|time|timestamp|day)|order|invoice|purchase|sale|transaction/i.test(field.name) &&
            !/update|modif|ship|deliver/i.test(field.name),
        );
        if (own.length === 1 && own[0]) return { collection, field: own[0], score: 0.6 };
        throw new Unplannable(
          `"${span.text}" may refer to several dates`,
          fields.map((field) => `${field.name} (${collection.name})`),
        );
      }
    }
    throw new Unplannable(`nothing connected with ${start.name} holds a date for "${span.text}"`);
  }

  function conditionOn(ref: FieldRef, field: Field, filter: FilterReading): Condition {
    const { test, negated } = filter;
    switch (test.kind) {
      case "values": {
        if (test.values.length === 1 && test.values[0] !== undefined)
          return { kind: "compare", field: ref, op: negated ? "!=" : "=", value: test.values[0] };
        return { kind: "in", field: ref, values: test.values, ...(negated ? { negated } : {}) };
      }
      case "compare":
        return { kind: "compare", field: ref, op: negated && test.op === "=" ? "!=" : test.op, value: test.value };
      case "text":
        return { kind: "text", field: ref, match: test.match, text: test.text, ...(negated ? { negated } : {}) };
      case "missing":
        return { kind: "missing", field: ref, ...(negated ? { negated } : {}) };
      case "versus":
        return { kind: "versus", field: ref, op: test.op, fn: "avg" };
      case "time":
        return timeCondition(ref, field, test.span, test.relation, negated);
      case "partners":
        return { kind: "missing", field: ref, negated: true };
    }
  }

  function buildConditions(start: Collection): Condition[] {
    const direct: Condition[] = [];
    const related: { filter: FilterReading; collection: Collection; field: Field | undefined }[] = [];
    const values = mergeAlternatives(frame.filters, start);
    for (const filter of values) {
      const chosen =
        filter.test.kind === "partners"
          ? undefined
          : filter.test.kind === "time"
            ? (filter.test.chosen ?? timeNear(start, filter.test.span))
            : filter.test.chosen;
      const collection = filter.test.kind === "partners" ? filter.test.collection : chosen?.collection;
      if (!collection) continue;
      if (filter.test.kind === "partners") {
        if (graph.up(start.name, collection.name).length > 0 && collection !== start) {
          const path = choosePath(graph.up(start.name, collection.name), filter.cue, collection);
          const first = path[0];
          if (path.length === 1 && first)
            direct.push({ kind: "missing", field: { field: first.relation.from.field }, ...(filter.negated ? {} : { negated: true }) });
        } else if (collection !== start) related.push({ filter, collection, field: undefined });
        continue;
      }
      if (!chosen) continue;
      if (collection === start || graph.up(start.name, collection.name).length > 0) {
        const ref = refTo(collection, chosen.field, filter.cue, filter.through);
        direct.push(conditionOn(ref, chosen.field, filter));
      } else related.push({ filter, collection, field: chosen.field });
    }
    return [...direct, ...relatedConditions(start, related)];
  }

  /** The date a time refers to: of the rows, else of the rows a condition reaches, else of what the rows point at. */
  function timeNear(start: Collection, span: TimeSpan): ChosenField {
    if (ownDates(start).length > 0) return defaultTimeField(start, span);
    for (const filter of frame.filters) {
      const collection = collectionOfFilter(filter);
      if (!collection || collection === start || graph.up(start.name, collection.name).length > 0) continue;
      const path = graph.any(start.name, collection.name)[0] ?? [];
      for (const edge of path) {
        const one = catalog.collections.find((other) => other.name === endOf(edge));
        const dates = one ? ownDates(one) : [];
        if (one && dates.length === 1 && dates[0]) return { collection: one, field: dates[0], score: 0.5 };
      }
    }
    try {
      return defaultTimeField(start, span);
    } catch (error) {
      if (error instanceof Unplannable && error.choices.length > 0) throw error;
      for (const collection of nearby(context, start)) {
        const dates = ownDates(collection);
        if (dates.length === 1 && dates[0] && graph.up(start.name, collection.name).length === 0)
          return { collection, field: dates[0], score: 0.5 };
      }
      throw error;
    }
  }

  /** Dates of what happened to the row, not of a person's life. */
  function ownDates(collection: Collection): Field[] {
    return collection.fields.filter(
      (field) =>
        (field.type === "date" && !/birth|born|dob|death|expir|due|hire/i.test(field.name)) ||
        (isNumeric(field) && nameWords(field.name).join(" ") === "year"),
    );
  }

  /** Conditions on rows that point here, joined into one where they lie on one path: the same purchase, the same flight. */
  function relatedConditions(
    start: Collection,
    list: readonly { filter: FilterReading; collection: Collection; field: Field | undefined }[],
  ): Condition[] {
    if (list.length === 0) return [];
    if (!keyOf(start)) throw new Unplannable(`nothing tells the rows of ${start.name} apart`);
    const withPaths = list
      .map((one) => {
        const all = graph.any(start.name, one.collection.name);
        if (all.length === 0) throw new Unplannable(`${start.name} and ${one.collection.name} are not connected`);
        const preferred = all.filter((path) =>
          path.every((edge) => frame.mentioned.some((other) => other.name === endOf(edge)) || endOf(edge) === one.collection.name),
        );
        return { ...one, path: choosePath(preferred.length === 1 ? preferred : all, one.filter.cue, one.collection) };
      })
      .toSorted((a, b) => Number(b.filter.negated) - Number(a.filter.negated) || b.path.length - a.path.length);
    const merged: { path: Path; negated: boolean; unit: number; where: Condition[] }[] = [];
    for (const one of withPaths) {
      const negated = one.filter.negated;
      const positive: FilterReading = negated ? { ...one.filter, negated: false } : one.filter;
      const host = merged.find(
        (other) =>
          (other.negated === negated || (other.negated && narrowing(one.filter) && one.filter.unit > other.unit)) &&
          one.path.every((edge, index) => other.path[index] === edge || sameEdge(other.path[index], edge)),
      );
      const index = one.path.length - 1;
      if (host) {
        if (one.field) host.where.push(conditionOn({ field: one.field.name, via: String(index) }, one.field, positive));
      } else {
        merged.push({
          path: one.path,
          negated,
          unit: one.filter.unit,
          where: one.field ? [conditionOn({ field: one.field.name, via: String(index) }, one.field, positive)] : [],
        });
      }
    }
    return merged.map(({ path, negated, where }) => {
      reach += path.length;
      const hops: Hop[] = path.map((edge) =>
        edge.direction === "up"
          ? { field: edge.relation.from.field, to: edge.relation.to.collection, toField: edge.relation.to.field }
          : { field: edge.relation.to.field, to: edge.relation.from.collection, toField: edge.relation.from.field },
      );
      return { kind: "related", path: hops, where, op: negated ? "=" : ">", count: 0 };
    });
  }

  /** Values of the same field are alternatives ("Brazil or Canada"); a value that fits nowhere near the rows takes its next reading. */
  function mergeAlternatives(list: readonly FilterReading[], start: Collection): FilterReading[] {
    const result: FilterReading[] = [];
    for (const filter of list) {
      let current = filter;
      if (current.test.kind === "values" && current.alternatives && current.alternatives.length > 0) {
        const test = current.test;
        const reachable = (chosen: ChosenField): number =>
          chosen.collection === start
            ? 3
            : graph.up(start.name, chosen.collection.name).length > 0
              ? 2
              : graph.any(start.name, chosen.collection.name).length > 0
                ? 1
                : 0;
        const better = current.alternatives.find((one) => reachable(one) > reachable(test.chosen) && one.score >= test.chosen.score - 0.3);
        if (better) {
          const values = context.units[current.unit]?.values.find(
            (ref) => ref.collection === better.collection && ref.field === better.field,
          );
          if (
            values &&
            (reachable(test.chosen) === 0 ||
              (reachable(better) === 3 && values.exact && test.exact && values.score >= 0.85 && sameRole(test.chosen.field, better.field)))
          ) {
            current = { ...current, test: { ...test, chosen: better, values: values.values, exact: values.exact } };
          }
        }
        ambiguousEnds(current, start);
      }
      const earlier = result.find(
        (one) =>
          one.test.kind === "values" &&
          current.test.kind === "values" &&
          one.test.chosen.field === current.test.chosen.field &&
          one.test.chosen.collection === current.test.chosen.collection &&
          one.cue === current.cue &&
          one.negated === current.negated,
      );
      if (earlier && earlier.test.kind === "values" && current.test.kind === "values") {
        result[result.indexOf(earlier)] = {
          ...earlier,
          test: { ...earlier.test, values: [...earlier.test.values, ...current.test.values] },
        };
      } else result.push(current);
    }
    return result;
  }

  function sameRole(a: Field, b: Field): boolean {
    return nameWords(a.name).at(-1) === nameWords(b.name).at(-1);
  }

  /** The same value in two like fields of the same rows, with nothing to tell them apart. */
  function ambiguousEnds(filter: FilterReading, start: Collection): void {
    if (filter.test.kind !== "values" || filter.cue !== undefined || !filter.test.exact) return;
    const { chosen } = filter.test;
    const rivals = (filter.alternatives ?? []).filter(
      (one) =>
        one.collection === chosen.collection && one.field !== chosen.field && one.score >= chosen.score - 0.01 && one.collection === start,
    );
    const rival = rivals[0];
    if (rival && rivals.length === 1 && isDisplay(chosen) !== isDisplay(rival)) return;
    if (rival)
      throw new Unplannable(
        `"${context.units[filter.unit]?.text ?? ""}" may be one of several fields`,
        [chosen, ...rivals].map((one) => `${one.field.name} (${one.collection.name})`),
      );
  }

  interface Key {
    readonly thing: Thing | undefined;
    readonly bucket: GroupKey["bucket"];
  }

  function measuredPlan(start: Collection, where: Condition[], what: Wanted, keys: readonly Key[]): QueryPlan {
    const groupBy: GroupKey[] = [];
    const taken = new Set<string>();
    const unique = (name: string): string => {
      const safe = columnName(name);
      let result = safe;
      for (let count = 2; taken.has(result); count++) result = `${safe} ${count}`;
      taken.add(result);
      return result;
    };
    for (const key of keys) {
      const cue = frame.cues[0]?.cue;
      if (!key.thing) {
        const chosen = bucketField(start);
        groupBy.push({
          as: unique(key.bucket ?? "year"),
          field: refTo(chosen.collection, chosen.field),
          ...(isNumeric(chosen.field) ? {} : { bucket: key.bucket }),
        });
      } else if (key.thing.kind === "field") {
        const { collection, field } = key.thing.chosen;
        const pointed = catalog.relations.find((one) => one.from.collection === collection.name && one.from.field === field.name);
        const other = pointed && catalog.collections.find((one) => one.name === pointed.to.collection);
        if (pointed && other && !key.bucket) {
          groupBy.push({ as: unique(field.name), field: refTo(collection, field, cue) });
          const base = refTo(collection, field, cue);
          const through = aliasFrom(base.via, pointed);
          for (const one of displayFields(other))
            if (one.name !== pointed.to.field)
              groupBy.push({
                as: unique(one.name.toLowerCase() === "name" ? other.name : one.name),
                field: { field: one.name, via: through },
              });
          continue;
        }
        groupBy.push({ as: unique(field.name), field: refTo(collection, field, cue), ...(key.bucket ? { bucket: key.bucket } : {}) });
      } else {
        const { collection } = key.thing;
        if (collection === start && what.kind === "count" && what.thing.kind === "entity" && what.thing.collection === start) {
          const self = graph.self(start.name)[0];
          if (!self) throw new Unplannable(`it does not say what to count for each of ${start.name}`);
          const via = alias([{ relation: self, direction: "up" }]);
          for (const field of displayFields(collection)) groupBy.push({ as: unique(field.name), field: { field: field.name, via } });
          continue;
        }
        const display = displayFields(collection);
        const identity = keyOf(collection);
        const alone = display.length === 1 && display[0]?.unique === true;
        if (identity && !alone) groupBy.push({ as: unique(identity.name), field: refTo(collection, identity, cue) });
        for (const field of display) {
          if (identity && !alone && field === identity) continue;
          groupBy.push({
            as: unique(field.name.toLowerCase() === "name" ? collection.name : field.name),
            field: refTo(collection, field, cue),
          });
        }
      }
    }
    const conditions = [...where];
    for (const key of groupBy) conditions.push({ kind: "missing", field: key.field, negated: true });
    const measures: Measure[] = [];
    const add = (one: Wanted): Measure => {
      const made = measureOf(start, one, unique, conditions);
      measures.push(made);
      return made;
    };
    const main = add(what);
    for (const one of frame.extra) {
      if ("chosen" in one && one.chosen.collection !== start) throw new Unplannable("it asks for measures of different things at once");
      add(one);
    }
    const havings = having.map((one) => {
      const same = JSON.stringify(strip(one.of)) === JSON.stringify(strip(what));
      const measured = same ? main : add(one.of);
      return { measure: measured.as, op: one.op, value: one.value };
    });
    const orderBy: OrderBy[] = [];
    let limit = frame.limit;
    if (rank && rank.by.kind !== "dimension" && rank.by.kind !== "rows" && rank.by.kind !== "field") {
      orderBy.push({ column: main.as, direction: rank.direction });
      limit ??= 1;
    } else if (frame.sort) {
      const by = frame.sort.by;
      const column = !by
        ? main.as
        : by.kind === "field"
          ? (groupBy.find((key) => key.field.field === by.chosen.field.name)?.as ?? main.as)
          : main.as;
      orderBy.push({ column, direction: frame.sort.direction });
    } else if (groupBy.length > 0) {
      const timed = groupBy.find((key) => key.bucket !== undefined || /^year$/i.test(key.as));
      if (timed) orderBy.push({ column: timed.as, direction: "asc" });
      else orderBy.push({ column: main.as, direction: "desc" });
    }
    for (const key of groupBy) if (!orderBy.some((one) => one.column === key.as)) orderBy.push({ column: key.as, direction: "asc" });
    const rollup = rolled
      ? ({ fn: "count", as: "count" } as const)
      : frame.over && groupBy.length > 0 && !rank
        ? ({ fn: frame.over, of: main.as, as: columnName(`${wordOf(frame.over)} ${main.as}`) } as const)
        : undefined;
    return {
      from: start.name,
      joins,
      where: conditions,
      groupBy,
      measures,
      having: havings,
      ...(rollup ? { rollup } : {}),
      select: [],
      distinct: false,
      orderBy,
      ...(limit === undefined || rollup ? {} : { limit }),
    };
  }

  function strip(one: Wanted): unknown {
    if (one.kind === "aggregate") return [one.fn, one.chosen.collection.name, one.chosen.field.name];
    if (one.kind === "count")
      return ["count", one.thing.kind, collectionOfThing(one.thing).name, one.thing.kind === "field" ? one.thing.chosen.field.name : ""];
    return one.kind === "trade" ? [one.kind, one.of, one.fn] : one.kind;
  }

  function bucketField(start: Collection): ChosenField {
    const dated = frame.filters.find((filter) => filter.test.kind === "time" && filter.test.chosen);
    if (dated?.test.kind === "time" && dated.test.chosen) return dated.test.chosen;
    return defaultTimeField(start, { text: "that time", relative: false, year: 0 });
  }

  function measureOf(start: Collection, what: Wanted, unique: (name: string) => string, conditions: Condition[]): Measure {
    if (what.kind === "share") {
      // What restricts the rows becomes the part whose share is asked for.
      const whole = conditions.splice(0).filter((condition) => {
        const isKey = condition.kind === "missing" && condition.negated === true;
        if (isKey) conditions.push(condition);
        return !isKey;
      });
      if (whole.some((condition) => condition.kind === "related" || condition.kind === "versus"))
        throw new Unplannable("a share of rows that meet a condition on other rows");
      if (whole.length === 0 && frame.groups.length === 0) throw new Unplannable("it does not say which part is meant");
      return { as: unique("percent"), fn: "share", ...(whole.length > 0 ? { where: whole } : {}) };
    }
    if (what.kind === "aggregate") {
      const name = what.chosen.field.name;
      const has = nameWords(name).includes(wordOf(what.fn).replace("average", "avg")) || nameWords(name).includes(wordOf(what.fn));
      return { as: unique(has ? name : `${wordOf(what.fn)} ${name}`), fn: what.fn, of: refTo(what.chosen.collection, what.chosen.field) };
    }
    if (what.kind === "trade") {
      const keys = frame.groups.flatMap((group) => (group.thing ? [collectionOfThing(group.thing)] : []));
      const { of, times, priceAt } = tradeRoot(
        what,
        [start, ...keys].filter((one) => one === start),
      );
      const label =
        what.of === "units"
          ? `total ${of.name}`
          : times
            ? "total amount"
            : of.name.toLowerCase().includes("total")
              ? of.name
              : `total ${of.name}`;
      return {
        as: unique(what.fn === "avg" ? `average ${of.name}` : label),
        fn: what.fn,
        of: { field: of.name },
        ...(times ? { times: priceAt ? refTo(priceAt, times) : { field: times.name } } : {}),
      };
    }
    if (what.thing.kind === "field") {
      const { collection, field } = what.thing.chosen;
      return { as: unique(`distinct ${field.name}`), fn: "countDistinct", of: refTo(collection, field) };
    }
    const { collection } = what.thing;
    if (collection === start) {
      const tally = start.fields.find((field) => isNumeric(field) && tallyFields.has(nameWords(field.name).join(" ")));
      if (tally) return { as: unique(collection.name), fn: "sum", of: { field: tally.name } };
      return { as: unique(collection.name), fn: "count" };
    }
    const key = keyOf(collection);
    if (!key) throw new Unplannable(`nothing tells the rows of ${collection.name} apart`);
    return { as: unique(collection.name), fn: "countDistinct", of: refTo(collection, key) };
  }

  function listPlan(start: Collection, where: Condition[]): QueryPlan {
    const select: SelectedField[] = [];
    const add = (field: FieldRef, name: string): void => {
      if (select.some((one) => one.field.field === field.field && one.field.via === field.via)) return;
      let as = columnName(name);
      for (let count = 2; select.some((one) => one.as === as); count++) as = `${columnName(name)} ${count}`;
      select.push({ as, field });
    };
    const fieldTarget = target?.kind === "field" ? target.chosen : undefined;
    const wantsRows =
      target?.kind === "entity" || rank !== undefined || fieldTarget?.field.unique === true || (fieldTarget && isDisplay(fieldTarget));
    const things = [...(target ? [target] : []), ...shown];
    const asked = things.flatMap((one) => (one.kind === "field" ? [one.chosen] : []));
    const rowFilters = frame.filters.some(
      (one) => one.test.kind === "values" && one.test.chosen.collection === start && isDisplay(one.test.chosen),
    );
    const distinct =
      frame.distinct ||
      (!wantsRows &&
        fieldTarget !== undefined &&
        asked.every((one) => isForeignKey(one) || (!isNumeric(one.field) && one.field.type !== "date")) &&
        !rowFilters);
    if (!distinct && (wantsRows || asked.some((one) => !isForeignKey(one) && (isNumeric(one.field) || one.field.type === "date")))) {
      for (const field of displayFields(start)) add({ field: field.name }, field.name);
    }
    for (const { collection, field } of asked) {
      const pointed = catalog.relations.find((one) => one.from.collection === collection.name && one.from.field === field.name);
      const other = pointed && catalog.collections.find((one) => one.name === pointed.to.collection);
      if (pointed && other) {
        // A key shows what it points at.
        const via = aliasFrom(refTo(collection, field).via, pointed);
        for (const one of displayFields(other)) add({ field: one.name, via }, one.name.toLowerCase() === "name" ? other.name : one.name);
      }
    }
    for (const { collection, field } of asked.filter((one) => !isForeignKey(one)))
      add(refTo(collection, field), collection === start ? field.name : field.name.toLowerCase() === "name" ? collection.name : field.name);
    for (const one of shown) {
      if (one.kind !== "entity" || one.collection === start) continue;
      if (graph.up(start.name, one.collection.name).length === 0) {
        where.push(
          ...relatedConditions(
            start,
            frame.filters.some((filter) => collectionOfFilter(filter) === one.collection)
              ? []
              : [
                  {
                    filter: { unit: one.unit, negated: false, test: { kind: "partners", collection: one.collection } },
                    collection: one.collection,
                    field: undefined,
                  },
                ],
          ),
        );
        continue;
      }
      for (const field of displayFields(one.collection))
        add(
          refTo(one.collection, field),
          field.name.toLowerCase() === "name" || field.name.toLowerCase() === "title" ? one.collection.name : field.name,
        );
    }
    if (!distinct && asked.length === 0) {
      for (const filter of frame.filters) {
        if (!("chosen" in filter.test) || !filter.test.chosen) continue;
        const { collection, field } = filter.test.chosen;
        if (collection === start) add({ field: field.name }, field.name);
      }
    }
    const orderBy: OrderBy[] = [];
    let limit = frame.limit;
    if (rank?.by.kind === "field") {
      const { collection, field } = rank.by.chosen;
      const ref = refTo(collection, field);
      if (!distinct) add(ref, field.name);
      orderBy.push({ field: ref, direction: rank.direction });
      where.push({ kind: "missing", field: ref, negated: true });
      limit ??= 1;
    } else if (frame.sort) {
      const by = frame.sort.by;
      const chosen = by?.kind === "field" ? by.chosen : undefined;
      const ref = chosen ? refTo(chosen.collection, chosen.field) : select[0]?.field;
      if (chosen && ref && !distinct) add(ref, chosen.field.name);
      if (ref) orderBy.push({ field: ref, direction: frame.sort.direction });
    }
    if (select.length === 0) for (const field of displayFields(start)) add({ field: field.name }, field.name);
    if (select.length === 1 && !distinct && asked.length === 0 && start.fields.length <= 6)
      for (const field of start.fields) if (field.type !== "object" && field.type !== "array") add({ field: field.name }, field.name);
    if (distinct) {
      for (const column of select) where.push({ kind: "missing", field: column.field, negated: true });
    } else {
      const identity = keyOf(start);
      const tie = identity ?? displayFields(start)[0];
      if (tie && !orderBy.some((one) => one.field?.field === tie.name && one.field.via === undefined))
        orderBy.push({ field: { field: tie.name }, direction: "asc" });
    }
    return {
      from: start.name,
      joins,
      where,
      groupBy: [],
      measures: [],
      having: [],
      select,
      distinct,
      orderBy,
      ...(limit === undefined ? {} : { limit }),
    };
  }
}

/** A time or bound said after a negated thing narrows it: "never bought anything since May". */
function narrowing(filter: FilterReading): boolean {
  return filter.test.kind === "time" || filter.test.kind === "compare";
}

function collectionOfFilter(filter: FilterReading): Collection | undefined {
  if (filter.test.kind === "partners") return filter.test.collection;
  return "chosen" in filter.test ? filter.test.chosen?.collection : undefined;
}

function collectionOfThing(thing: Thing): Collection {
  return thing.kind === "entity" ? thing.collection : thing.chosen.collection;
}

function sameThing(a: Thing | undefined, b: Thing | undefined): boolean {
  if (!a || !b || a.kind !== b.kind) return false;
  if (a.kind === "entity" && b.kind === "entity") return a.collection === b.collection;
  return a.kind === "field" && b.kind === "field" && a.chosen.field === b.chosen.field;
}

function sameEdge(a: Edge | undefined, b: Edge): boolean {
  return a !== undefined && a.relation === b.relation && a.direction === b.direction;
}

function wordOf(fn: "sum" | "avg" | "min" | "max" | "median"): string {
  return { sum: "total", avg: "average", min: "lowest", max: "highest", median: "median" }[fn];
}

/** A name that is no path and no operator anywhere. */
function columnName(name: string): string {
  const safe = name.replace(/[.$\0]/g, " ").trim();
  return safe === "" ? "value" : safe;
}
