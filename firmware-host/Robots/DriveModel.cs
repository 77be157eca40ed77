namespace Edge.Robots;

/// <summary>A drive that this program knows, with the limits that no robot file may exceed.</summary>
/// <param name="Kind">Protocol, the file's <c>kind</c>.</param>
/// <param name="Name">The file's <c>model</c>.</param>
/// <param name="PeakTorqueNm">Peak torque at the output shaft.</param>
/// <param name="NoLoadRadS">No-load speed at the output shaft and the lowest supply voltage of the data sheet.</param>
/// <param name="PositionRangeRad">Largest position, either way, that a command can carry.</param>
internal sealed record DriveModel(string Kind, string Name, double PeakTorqueNm, double NoLoadRadS, double PositionRangeRad)
{
    /// <summary>DAMIAO: the makers' manuals (J4310-2EC V1.1, J4340-2EC V1.0, J4340P-2EC V1.0, J8009P-2EC V1.0) at 24 V; factory PMAX.</summary>
    public static readonly DriveModel[] All =
    [
        new("damiao", "J8009P", 40, 16.8, 12.5),
        new("damiao", "J4340P", 27, 5.4, 12.5),
        new("damiao", "J4340", 27, 5.4, 12.5),
        new("damiao", "J4310", 7, 20.9, 12.5),
    ];

    public static readonly string[] Kinds = [.. All.Select(static model => model.Kind).Distinct()];

    public static readonly string[] Names = [.. All.Select(static model => model.Name)];

    public static DriveModel? Find(string kind, string name) => Array.Find(All, model => model.Kind == kind && model.Name == name);
}
