import type { JsonDocument } from "../backend.ts";

interface FeatureCollection extends JsonDocument {
  features: JsonDocument[];
}

/** Whether a JSON object is a GeoJSON FeatureCollection. */
export function isFeatureCollection(value: JsonDocument): value is FeatureCollection {
  return value["type"] === "FeatureCollection" && Array.isArray(value["features"]);
}

/**
 * One row a feature: its `id`, its properties, and for a point `longitude`, `latitude` and `elevation` (the third coordinate, in whatever unit and
 * direction the data uses). Other geometries are kept as they are under `geometry`.
 */
export function featureRows(collection: FeatureCollection): JsonDocument[] {
  return collection.features.map((feature) => ({
    ...(feature["id"] === undefined ? {} : { id: feature["id"] }),
    ...(isObject(feature["properties"]) ? feature["properties"] : {}),
    ...place(feature["geometry"]),
  }));
}

function place(geometry: unknown): JsonDocument {
  if (!isObject(geometry)) return {};
  const coordinates = geometry["coordinates"];
  if (geometry["type"] !== "Point" || !Array.isArray(coordinates)) return { geometry };
  const [longitude, latitude, elevation] = coordinates as unknown[];
  return { longitude, latitude, ...(elevation === undefined ? {} : { elevation }) };
}

function isObject(value: unknown): value is JsonDocument {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
