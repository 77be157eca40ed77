using System.Globalization;
using Edge.Control;
using Edge.Control.Motion;

namespace Edge.Robots;

/// <summary>What the fields of a robot file ask of each other. A rule is left out where a field that it looks at is already in error.</summary>
internal sealed class RobotRules
{
    private static readonly int[] SlcanBitRates = [10_000, 20_000, 50_000, 100_000, 125_000, 250_000, 500_000, 800_000, 1_000_000];
    private static readonly int[] SlcanDataBitRates = [2_000_000, 5_000_000];

    // The kernel's IFNAMSIZ less the terminating zero.
    private const int LongestInterfaceName = 15;

    // How far the tool may lean at home and still count as pointing straight down.
    private const double LargestHomeTiltRad = 0.01;

    private readonly RobotDescription _robot;
    private readonly List<RobotFileError> _errors;
    private readonly bool _canPlaceCup; // every field of joints and tool could be read

    private RobotRules(RobotDescription robot, List<RobotFileError> errors)
    {
        (_robot, _errors) = (robot, errors);
        _canPlaceCup = !IsInError("joints") && !IsInError("tool");
    }

    /// <summary>Adds to the errors what the rules find.</summary>
    public static void Check(RobotDescription robot, List<RobotFileError> errors)
    {
        var rules = new RobotRules(robot, errors);
        rules.CheckBuses();
        rules.CheckJoints();
        rules.CheckIds();
        rules.CheckTool();
        rules.CheckCameras();
        rules.CheckTimes();
        rules.CheckWorkspace();
        rules.CheckHome();
        rules.CheckMqtt();
    }

    private void CheckBuses()
    {
        Unique("buses", _robot.Buses.Select(static bus => bus.Name));
        for (var i = 0; i < _robot.Buses.Length; i++)
        {
            var bus = _robot.Buses[i];
            var path = $"buses[{i}]";
            var data = bus.DataBitRate;
            if (bus.Kind == "serial")
            {
                Require(data is null, $"{path}.dataBitRate", $"{data}", "nothing on a serial line");
            }
            else if (bus.Kind == "slcan")
            {
                Require(SlcanBitRates.Contains(bus.BitRate), $"{path}.bitRate", $"{bus.BitRate}", $"what SLCAN can ask for: {string.Join(", ", SlcanBitRates)}");
                Require(data is null || SlcanDataBitRates.Contains(data.Value), $"{path}.dataBitRate", $"{data}", $"what SLCAN can ask for: {string.Join(", ", SlcanDataBitRates)}, or nothing");
            }
            else if (bus.Kind == "socketcan")
            {
                Require(bus.BitRate <= 1_000_000, $"{path}.bitRate", $"{bus.BitRate}", "at most 1000000 on CAN");
                Require(
                    bus.Device.Length <= LongestInterfaceName && !bus.Device.AsSpan().ContainsAny('/', ' '),
                    $"{path}.device",
                    $"\"{bus.Device}\"",
                    $"the name of a network interface, at most {LongestInterfaceName} characters without '/' or spaces");
            }
        }
    }

    private void CheckJoints()
    {
        Unique("joints", _robot.Joints.Select(static joint => joint.Name));
        for (var i = 0; i < _robot.Joints.Length; i++)
        {
            var joint = _robot.Joints[i];
            var (path, drive, limits) = ($"joints[{i}]", joint.Drive, joint.Limits);
            var (lower, upper) = (limits.PositionRad[0], limits.PositionRad[1]);
            Require(lower < upper, $"{path}.limits.positionRad", Show(limits.PositionRad), "the lower limit before the upper one");
            Require(drive.Sign != 0, $"{path}.drive.sign", "0", "1 or -1");
            CheckBusOf($"{path}.drive", drive.Bus, "slcan", "socketcan");
            if (DriveModel.Find(drive.Kind, drive.Model) is { } model)
            {
                Require(limits.TorqueNm <= model.PeakTorqueNm, $"{path}.limits.torqueNm", Show(limits.TorqueNm), $"at most {Show(model.PeakTorqueNm)}, the peak of {model.Name}", $"{path}.drive");
                Require(limits.VelocityRadS <= model.NoLoadRadS, $"{path}.limits.velocityRadS", Show(limits.VelocityRadS), $"at most {Show(model.NoLoadRadS)}, the no-load speed of {model.Name}", $"{path}.drive");
                double a = drive.OffsetRad + (drive.Sign * lower), b = drive.OffsetRad + (drive.Sign * upper);
                Require(
                    Math.Max(Math.Abs(a), Math.Abs(b)) <= model.PositionRangeRad,
                    $"{path}.drive.offsetRad",
                    $"{Show(drive.OffsetRad)}, which puts the drive between {Show(Math.Min(a, b))} and {Show(Math.Max(a, b))} rad",
                    $"the drive between {Show(-model.PositionRangeRad)} and {Show(model.PositionRangeRad)} rad",
                    $"{path}.limits.positionRad",
                    $"{path}.drive");
            }

            Require(IsInertia(joint.Link.InertiaKgM2), $"{path}.link.inertiaKgM2", Show(joint.Link.InertiaKgM2), "the inertia of a body: a positive definite matrix, and no main moment above the sum of the other two");
        }
    }

    private void CheckIds()
    {
        var users = new Dictionary<(string Bus, int Id), string>();
        for (var i = 0; i < _robot.Joints.Length; i++)
        {
            var drive = _robot.Joints[i].Drive;
            Claim($"joints[{i}].drive.canId", drive.CanId);
            Claim($"joints[{i}].drive.masterId", drive.MasterId);

            void Claim(string path, int id)
            {
                if (IsInError(path) || IsInError($"joints[{i}].drive.bus"))
                    return;
                if (!users.TryAdd((drive.Bus, id), path))
                    _errors.Add(new(path, $"{id}, which {users[(drive.Bus, id)]} has on bus \"{drive.Bus}\"", "an id of its own"));
            }
        }
    }

    private void CheckTool()
    {
        var valve = _robot.Tool?.Valve;
        if (valve is null)
            return;
        CheckBusOf("tool.valve", valve.Bus, "serial");
        Require(valve.OpenSteps != valve.ClosedSteps, "tool.valve.openSteps", $"{valve.OpenSteps}", "another position than closedSteps", "tool.valve.closedSteps");
        Require(valve.SealedAndPressedLoad > valve.SealedLoad, "tool.valve.sealedAndPressedLoad", $"{valve.SealedAndPressedLoad}", $"above sealedLoad ({valve.SealedLoad})", "tool.valve.sealedLoad");
        Require(valve.SealedLoad > valve.PressedLoad, "tool.valve.sealedLoad", $"{valve.SealedLoad}", $"above pressedLoad ({valve.PressedLoad})", "tool.valve.pressedLoad");
        Require(valve.PollHz <= _robot.Loop.RateHz, "tool.valve.pollHz", $"{valve.PollHz}", $"at most loop.rateHz ({_robot.Loop.RateHz})", "loop");
    }

    private void CheckCameras()
    {
        Unique("cameras", _robot.Cameras.Select(static camera => camera.Name));
        for (var i = 0; i < _robot.Cameras.Length; i++)
        {
            var camera = _robot.Cameras[i];
            Require(camera.Marks is null || camera.Marks.XM.Length == camera.Marks.YM.Length, $"cameras[{i}].marks.yM", $"{camera.Marks?.YM.Length} numbers", $"as many as xM ({camera.Marks?.XM.Length})", $"cameras[{i}].marks.xM");
            double x = camera.LookAtM[0] - camera.PositionM[0], y = camera.LookAtM[1] - camera.PositionM[1];
            Require(Math.Sqrt((x * x) + (y * y)) >= 0.001, $"cameras[{i}].lookAtM", Show(camera.LookAtM), "a point at least 1 mm beside the vertical through positionM, so that image up is defined", $"cameras[{i}].positionM");
        }

        CheckCameraOf("policy.camera", _robot.Policy.Camera);
        CheckCameraOf("planner.camera", _robot.Planner.Camera);
        Require(_robot.Planner.Camera == _robot.Policy.Camera, "planner.camera", $"\"{_robot.Planner.Camera}\"", $"the policy's camera (\"{_robot.Policy.Camera}\"): one camera serves both", "policy.camera");
    }

    private void CheckTimes()
    {
        var period = 1.0 / _robot.Loop.RateHz;
        Require(_robot.Safety.DeviceSilentSeconds >= 2 * period, "safety.deviceSilentSeconds", Show(_robot.Safety.DeviceSilentSeconds), $"at least two periods of the loop ({Show(2 * period)})", "loop");
        Require(_robot.Safety.ToolSilentSeconds >= 2.0 / _robot.Tool.Valve.PollHz, "safety.toolSilentSeconds", Show(_robot.Safety.ToolSilentSeconds), $"at least two polls of the tool ({Show(2.0 / _robot.Tool.Valve.PollHz)})", "tool.valve.pollHz");
        for (var i = 0; i < _robot.Joints.Length; i++)
        {
            var (drive, limits) = (_robot.Joints[i].Drive, _robot.Joints[i].Limits);
            Require(drive.TimeoutSeconds >= 4 * period, $"joints[{i}].drive.timeoutSeconds", Show(drive.TimeoutSeconds), $"at least four periods of the loop ({Show(4 * period)})", "loop");

            // From full acceleration the wrong way: reverse it, brake, let it fade.
            var stop = (limits.VelocityRadS / limits.AccelerationRadS2) + (3 * limits.AccelerationRadS2 / limits.JerkRadS3);
            Require(stop <= _robot.Safety.StopSeconds, "safety.stopSeconds", Show(_robot.Safety.StopSeconds), $"at least {Show(stop)}, which the limits of joints[{i}] need", $"joints[{i}].limits");
        }
    }

    private void CheckWorkspace()
    {
        var (min, max) = (_robot.WorkspaceM.Min, _robot.WorkspaceM.Max);
        for (var axis = 0; axis < 3; axis++)
            Require(min[axis] < max[axis], $"workspaceM.max[{axis}]", Show(max[axis]), $"above min ({Show(min[axis])})", $"workspaceM.min[{axis}]");
    }

    private void CheckHome()
    {
        var home = _robot.HomeRad;
        if (home.Length != _robot.Joints.Length)
        {
            // No joints: their array could not be read.
            Require(_robot.Joints.Length == 0, "homeRad", $"{home.Length} values", $"one per joint ({_robot.Joints.Length})");
            return;
        }

        var inside = true;
        var q = default(JointVector);
        for (var i = 0; i < home.Length; i++)
        {
            q[i] = home[i];
            var limits = _robot.Joints[i].Limits.PositionRad;
            inside &= Require(home[i] >= limits[0] && home[i] <= limits[1], $"homeRad[{i}]", Show(home[i]), $"{Show(limits[0])} to {Show(limits[1])}, the limits of the joint", $"joints[{i}].limits.positionRad");
        }

        if (!inside || !_canPlaceCup)
            return;
        var cup = new ArmKinematics(_robot).ForwardFrame(q);
        Require(cup.R22 <= -Math.Cos(LargestHomeTiltRad), "homeRad", $"a tool axis of ({Show(cup.R02)}, {Show(cup.R12)}, {Show(cup.R22)})", "a tool that points straight down: (0, 0, -1)");
        var (min, max) = (_robot.WorkspaceM.Min, _robot.WorkspaceM.Max);
        Require(
            cup.X >= min[0] && cup.X <= max[0] && cup.Y >= min[1] && cup.Y <= max[1] && cup.Z >= min[2] && cup.Z <= max[2],
            "homeRad",
            $"the cup at ({Show(cup.X)}, {Show(cup.Y)}, {Show(cup.Z)})",
            "the cup inside workspaceM",
            "workspaceM");
    }

    private void CheckMqtt()
    {
        if (_robot.Mqtt.Tls is not { } tls)
            return;
        Require(tls.CertFile is not null || tls.KeyFile is null, "mqtt.tls.certFile", "nothing", "the certificate that belongs to keyFile", "mqtt.tls.keyFile");
        Require(tls.KeyFile is not null || tls.CertFile is null, "mqtt.tls.keyFile", "nothing", "the key that belongs to certFile", "mqtt.tls.certFile");
    }

    private void CheckBusOf(string owner, string name, params string[] kinds)
    {
        var path = $"{owner}.bus";
        var bus = Array.Find(_robot.Buses, bus => bus.Name == name);
        var fitting = string.Join(", ", _robot.Buses.Where(bus => kinds.Contains(bus.Kind)).Select(static bus => $"\"{bus.Name}\""));
        Require(bus is not null && kinds.Contains(bus.Kind), path, bus is null ? $"\"{name}\"" : $"\"{name}\", which is {bus.Kind}", $"a bus that is {string.Join(" or ", kinds)}: {fitting}", "buses");
    }

    private void CheckCameraOf(string path, string name) =>
        Require(
            Array.Exists(_robot.Cameras, camera => camera.Name == name),
            path,
            $"\"{name}\"",
            $"the name of a camera: {string.Join(", ", _robot.Cameras.Select(static camera => $"\"{camera.Name}\""))}",
            "cameras");

    private void Unique(string array, IEnumerable<string> names)
    {
        var first = new Dictionary<string, int>();
        foreach (var (i, name) in names.Index())
        {
            if (!first.TryAdd(name, i))
                Require(false, $"{array}[{i}].name", $"\"{name}\", which {array}[{first[name]}] has", "a name of its own");
        }
    }

    /// <summary>Adds an error unless the condition holds, or a field that it depends on is already in error. Returns the condition.</summary>
    private bool Require(bool condition, string path, string found, string allowed, params ReadOnlySpan<string> dependsOn)
    {
        if (condition || IsInError(path))
            return condition;
        foreach (var other in dependsOn)
        {
            if (IsInError(other))
                return false;
        }

        _errors.Add(new(path, found, allowed));
        return false;
    }

    /// <summary>Whether the field, something in it, or something that it is in has an error already.</summary>
    private bool IsInError(string path) => _errors.Exists(error => Contains(error.Path, path) || Contains(path, error.Path));

    private static bool Contains(string outer, string inner) =>
        inner.StartsWith(outer, StringComparison.Ordinal) && (outer.Length == 0 || inner.Length == outer.Length || inner[outer.Length] is '.' or '[');

    private static bool IsInertia(double[] i)
    {
        double xx = i[0], yy = i[1], zz = i[2], xy = i[3], xz = i[4], yz = i[5];
        var determinant = (xx * ((yy * zz) - (yz * yz))) - (xy * ((xy * zz) - (yz * xz))) + (xz * ((xy * yz) - (yy * xz)));
        return xx > 0 && (xx * yy) - (xy * xy) > 0 && determinant > 0
            && xx <= yy + zz && yy <= xx + zz && zz <= xx + yy;
    }

    private static string Show(double value) => value.ToString("0.######", CultureInfo.InvariantCulture);

    private static string Show(double[] values) => $"[{string.Join(", ", values.Select(Show))}]";
}
