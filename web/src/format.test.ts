// Are figures written so that they can be read, and never changed?
import { describe, expect, it } from "vitest";
import { columnDecimals, formatInterval, formatNumber, formatShort, headingOf, isoDay, timeOf, withUnit } from "./format";

const thin = "\u202f";

describe("formatNumber", () => {
  it("separates thousands thinly and keeps about four digits", () => {
    expect(formatNumber(1234567)).toBe(`1${thin}234${thin}567`);
    expect(formatNumber(1234.56)).toBe(`1${thin}235`);
    expect(formatNumber(412.634)).toBe("412.6");
    expect(formatNumber(3.14159)).toBe("3.14");
    expect(formatNumber(0.0431)).toBe("0.0431");
    expect(formatNumber(0.00001234)).toBe("0.0000123");
  });
  it("writes a minus sign, but none before zero", () => {
    expect(formatNumber(-12)).toBe("\u221212");
    expect(formatNumber(-0.004, 1)).toBe("0.0");
  });
  it("says what is missing or without bound", () => {
    expect(formatNumber(null)).toBe("–");
    expect(formatNumber(Number.POSITIVE_INFINITY)).toBe("∞");
  });
});

describe("formatShort", () => {
  it.each([
    [950, "950"],
    [1500, "1.5k"],
    [2000000, "2M"],
    [123456789, "123M"],
    [4.49e10, "44.9B"],
    [-2500, "\u22122.5k"],
    [0.25, "0.250"],
  ])("%d", (value, text) => expect(formatShort(value)).toBe(text));
});

describe("units and intervals", () => {
  it("puts each unit in its place", () => {
    expect(withUnit("94.2", "%")).toBe(`94.2${thin}%`);
    expect(withUnit("412.6", "USD")).toBe("$412.6");
    expect(withUnit("\u221212", "USD")).toBe("\u2212$12");
    expect(withUnit("9", "USD/h")).toBe("$9/h");
    expect(withUnit("9", "US$ per piece")).toBe("$9 per piece");
    expect(withUnit("9", "MUSD")).toBe("9\u00a0MUSD");
    expect(withUnit("7", "d")).toBe("7\u00a0d");
    expect(withUnit("–", "d")).toBe("–");
  });
  it("writes both bounds alike, or nothing", () => {
    expect(formatInterval(92.8, 95.6, "%")).toBe(`92.8 to 95.6${thin}%`);
    expect(formatInterval(6, 8, "")).toBe("6 to 8");
    expect(formatInterval(null, 8, "")).toBe("");
  });
});

describe("columnDecimals", () => {
  it("follows the largest figure, none for whole numbers", () => {
    expect(columnDecimals([1, 2, null])).toBe(0);
    expect(columnDecimals([1.5, 12.25])).toBe(1);
    expect(columnDecimals([0.5, 0.25])).toBe(3);
  });
});

describe("timeOf", () => {
  it("reads days, months and quarters, and nothing else", () => {
    expect(timeOf("2027-06-30")).toBe(Date.UTC(2027, 5, 30));
    expect(timeOf("2027-06")).toBe(Date.UTC(2027, 5, 1));
    expect(timeOf("2027-Q3")).toBe(Date.UTC(2027, 6, 1));
    expect(timeOf("2027-06-30 06:30")).toBe(Date.UTC(2027, 5, 30, 6, 30));
    expect(timeOf("foundry 2027")).toBeNull();
    expect(isoDay(timeOf("2028-02-29")!)).toBe("2028-02-29");
  });
});

it("headings are words and do not say the unit twice", () => {
  expect(headingOf("late_by_d", "d")).toBe("Late by");
  expect(headingOf("price_usd", "USD/h")).toBe("Price");
  expect(headingOf("reached_percent", "%")).toBe("Reached");
  expect(headingOf("grid")).toBe("Grid");
});
