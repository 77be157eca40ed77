namespace Edge.Hil.Oracle;

/// <summary>What the expert may know and the policy may not: where things really are, now. Base frame, metres.</summary>
public interface IPlantTruth
{
    /// <summary>Objects and areas of the scene, as they stand now. The held object is among them.</summary>
    int ThingCount { get; }

    /// <summary>Height of what stands firm below a point (the table, a beam), metres.</summary>
    double GroundZ(double x, double y);

    /// <summary>One of them.</summary>
    ThingTruth Thing(int index);

    /// <summary>Index of the object that hangs on the cup; -1: none.</summary>
    int HeldThing { get; }

    /// <summary>How far the held object reaches below the cup's lip; 0 when nothing is held.</summary>
    double HeldDepthM { get; }
}

/// <summary>A thing of the scene.</summary>
/// <param name="X">Centre, metres.</param>
/// <param name="Y">Centre, metres.</param>
/// <param name="TopZ">Height of its highest point above the table, metres.</param>
/// <param name="HalfSizeM">Half of its smallest horizontal extent, metres.</param>
/// <param name="IsObject">True: can be picked; false: a flat area.</param>
/// <param name="YawRad">Turn about the vertical.</param>
public readonly record struct ThingTruth(double X, double Y, double TopZ, double HalfSizeM, bool IsObject, double YawRad = 0);
