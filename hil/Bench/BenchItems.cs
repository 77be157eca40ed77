namespace Edge.Hil.Bench;

/// <summary>What the benchmark measures, in the order of its tables.</summary>
internal static class BenchItems
{
    /// <summary>All items.</summary>
    public static IReadOnlyList<IBenchItem> All { get; } =
    [
        new LoopItem(stressed: false),
        new LoopItem(stressed: true),
        new AllocationItem(),
        new TickItem(),
        new SamplerItem(),
        new StepsItem(),
        new LateInferenceItem(),
        new EndToEndItem(),
        new StartItem(),
    ];
}
