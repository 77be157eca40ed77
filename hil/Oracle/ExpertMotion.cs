using Edge.Control;

namespace Edge.Hil.Oracle;

/// <summary>The motions that the expert's calls are made of: one step each, from where the tool is.</summary>
internal static class ExpertMotion
{
    /// <summary>Longest step, metres: 0.35 m/s at 10 Hz.</summary>
    public const double MaxStepM = 0.035;

    /// <summary>Slowest approach and the speed in which contact is felt, metres a step.</summary>
    private const double CreepM = 0.004;

    /// <summary>Share of what remains that a step covers.</summary>
    private const double Approach = 0.35;

    /// <summary>Height at which the cup travels, and least distance above the place of contact.</summary>
    private const double TravelZM = 0.16;
    private const double TravelClearanceM = 0.09;

    /// <summary>
    /// Walls of the funnel above the target: within the free radius straight down, outside it so many metres up a metre. The free radius is wider than a
    /// picture leaves in doubt (2 to 4 mm), or the learned policy would hesitate above the thing; it stays inside what a cup of 8 mm can seal on.
    /// </summary>
    private const double FunnelFreeM = 0.006;
    private const double FunnelSlope = 4;

    /// <summary>How far it goes on below the expected contact while nothing is felt.</summary>
    private const double SearchDepthM = 0.015;

    /// <summary>Longest turn in a step, and the slowest before it is there, rad.</summary>
    private const double MaxTurnRad = 0.2, CreepRad = 0.04;

    private const double HomeToleranceM = 0.008;
    private const double HomeToleranceRad = 0.05;

    /// <summary>Over the target, down through a funnel, ever more slowly until the cup feels it.</summary>
    public static ToolPose Descend(in ExpertState state, in ExpertGoal goal)
    {
        var tool = state.Tool;
        double dx = goal.X - tool.X, dy = goal.Y - tool.Y;
        var error = Math.Sqrt((dx * dx) + (dy * dy));
        var rim = Math.Max(TravelZM - goal.ContactZ, TravelClearanceM);
        var floor = goal.ContactZ + Math.Min(rim, FunnelSlope * Math.Max(0, error - FunnelFreeM));

        double dz;
        if (floor > goal.ContactZ + 0.001)
            dz = Toward(floor - tool.Z, 0);
        else if (state.Pressed)
            dz = 0; // it touches: only the seal is missing
        else
            dz = Math.Max(-Pace(tool.Z - goal.ContactZ, CreepM), Math.Min(0, goal.ContactZ - SearchDepthM - tool.Z));

        // Below the funnel's wall it first rises, then moves sideways.
        var sideways = Math.Clamp(1.5 - ((floor - tool.Z) / 0.02), 0, 1) * Math.Min(error, Pace(error, 0.003));
        var scale = error > 1e-9 ? sideways / error : 0;
        return Bounded(tool, dx * scale, dy * scale, dz, goal.Yaw);
    }

    /// <summary>Straight up until clear of the neighbours, then home.</summary>
    public static ToolPose Return(in ToolPose tool, in ExpertGoal goal)
    {
        double dx = goal.Home.X - tool.X, dy = goal.Home.Y - tool.Y, dz = goal.Home.Z - tool.Z;
        var clearance = tool.Z - goal.ContactZ;
        // Straight up until clear of the neighbours, gently at first: what hangs on the cup must not be torn off.
        var free = SmoothStep((clearance - 0.03) / 0.05);
        var rise = Math.Min(MaxStepM, 0.012 + (0.4 * Math.Max(0, clearance)));
        var distance = Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz));
        var step = Math.Min(distance, Pace(distance, 0.006));
        var scale = distance > 1e-9 ? step / distance : 0;
        var up = ((1 - free) * Math.Min(rise, Math.Max(0, dz))) + (free * dz * scale);
        return Bounded(tool, dx * scale * free, dy * scale * free, up, goal.Home.Yaw);
    }

    /// <summary>A step of this direction, no longer than <see cref="MaxStepM"/>, turning towards a yaw.</summary>
    public static ToolPose Bounded(in ToolPose tool, double dx, double dy, double dz, double yaw)
    {
        var length = Math.Sqrt((dx * dx) + (dy * dy) + (dz * dz));
        var scale = length > MaxStepM ? MaxStepM / length : 1;
        var turn = Turn(tool.Yaw, yaw);
        var step = Math.Min(Math.Abs(turn), Math.Clamp(Approach * Math.Abs(turn), CreepRad, MaxTurnRad));
        return new ToolPose(tool.X + (dx * scale), tool.Y + (dy * scale), tool.Z + (dz * scale), tool.Yaw + Math.CopySign(step, turn));
    }

    /// <summary>A step as it is given, faster than <see cref="MaxStepM"/>: for throws.</summary>
    public static ToolPose Swing(in ToolPose tool, double dx, double dy, double dz, double yaw) => Bounded(tool, 0, 0, 0, yaw) with { X = tool.X + dx, Y = tool.Y + dy, Z = tool.Z + dz };

    /// <summary>Length of a step towards something so far away.</summary>
    public static double Pace(double distance, double slowest) => Math.Clamp(Approach * distance, slowest, MaxStepM);

    /// <summary>True within millimetres of the home pose.</summary>
    public static bool IsHome(in ToolPose tool, in ToolPose home) =>
        Math.Abs(tool.X - home.X) < HomeToleranceM && Math.Abs(tool.Y - home.Y) < HomeToleranceM && Math.Abs(tool.Z - home.Z) < HomeToleranceM
        && Math.Abs(Turn(tool.Yaw, home.Yaw)) < HomeToleranceRad;

    /// <summary>The short way from one yaw to another, rad.</summary>
    public static double Turn(double from, double to) => Math.IEEERemainder(to - from, Math.Tau);

    private static double Toward(double distance, double slowest) => Math.Sign(distance) * Math.Min(Math.Abs(distance), Pace(Math.Abs(distance), slowest));

    private static double SmoothStep(double x)
    {
        x = Math.Clamp(x, 0, 1);
        return x * x * (3 - (2 * x));
    }
}
