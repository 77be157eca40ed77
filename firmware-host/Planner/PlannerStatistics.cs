namespace Edge.Planner;

/// <summary>What planning has cost so far.</summary>
/// <param name="Calls">Requests answered.</param>
/// <param name="LastMs">Time of the last one, milliseconds.</param>
/// <param name="P50Ms">Median of the newest ones, milliseconds.</param>
/// <param name="MaxMs">Longest ever, milliseconds.</param>
/// <param name="TokensPerSecond">Tokens written per second of writing, over all requests; the picture and the prompt are not counted as writing.</param>
public readonly record struct PlannerStatistics(long Calls, double LastMs, double P50Ms, double MaxMs, double TokensPerSecond);
