namespace Edge.Drives.Damiao;

/// <summary>What the ends of a drive's integer scales stand for; in the drive these are registers 21, 22 and 23.</summary>
/// <param name="PositionRad">PMAX: positions are -PMAX..PMAX, rad.</param>
/// <param name="VelocityRadS">VMAX, rad/s.</param>
/// <param name="TorqueNm">TMAX, Nm.</param>
public readonly record struct DamiaoRanges(double PositionRad, double VelocityRadS, double TorqueNm)
{
    /// <summary>Model names that a robot file may use, in one sentence.</summary>
    public const string KnownModels = "J3507, J4310, J4310-48V, J4340, J4340P, J6006, J8006, J8009, J8009P, J10010, J10010L";

    /// <summary>
    /// Factory ranges of a model (openarm_can's table). The 4340 left the factory with VMAX 8 and 10, so what counts is what the drive answers;
    /// this table tells whether the answer can come from that model at all.
    /// </summary>
    public static bool TryGet(string model, out DamiaoRanges ranges)
    {
        ranges = model switch
        {
            "J3507" => new(12.5, 50, 5),
            "J4310" => new(12.5, 30, 10),
            "J4310-48V" => new(12.5, 50, 10),
            "J4340" or "J4340P" => new(12.5, 10, 28),
            "J6006" => new(12.5, 45, 20),
            "J8006" => new(12.5, 45, 40),
            "J8009" or "J8009P" => new(12.5, 45, 54),
            "J10010" => new(12.5, 20, 200),
            "J10010L" => new(12.5, 25, 200),
            _ => default,
        };
        return ranges != default;
    }
}
