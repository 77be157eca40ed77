using System.Globalization;
using Edge.Drives;
using Edge.Robots;

namespace Edge.Control;

/// <summary>One named check of the self-test.</summary>
public sealed class SelfTestCheck
{
    private readonly Func<long, bool> _passes;
    private readonly Func<long, string> _explain;

    internal SelfTestCheck(string name, Func<long, bool> passes, Func<long, string> explain)
    {
        Name = name;
        _passes = passes;
        _explain = explain;
    }

    /// <summary>What is checked.</summary>
    public string Name { get; }

    /// <summary>Passed when it was last looked at.</summary>
    public bool Passed { get; private set; }

    /// <summary>What was found and what is allowed; empty when it passed.</summary>
    public string Detail { get; private set; } = "";

    internal bool Run(long nowNs)
    {
        Passed = _passes(nowNs);
        Detail = "";
        return Passed;
    }

    internal void Explain(long nowNs) => Detail = Passed ? "" : _explain(nowNs);
}

/// <summary>
/// Talks to every device and runs the named checks. All of them must pass for Idle, and again for Armed. The loop's thread writes;
/// others read once the state has left <see cref="ControlState.SelfTest"/>. Allocates only to explain a failure.
/// </summary>
public sealed class SelfTest
{
    /// <summary>Longest self-test: cameras take a second or two to deliver.</summary>
    public const double TimeoutSeconds = 5;

    private readonly RobotDescription _robot;
    private readonly JointDrives _drives;
    private readonly ISuctionTool _tool;
    private readonly Watchdogs _watchdogs;
    private SelfTestCheck[] _checks;
    private JointVector _position;
    private ConfigureState _drivesConfigured;
    private ConfigureState _toolConfigured;
    private long _begunNs;

    internal SelfTest(RobotDescription robot, JointDrives drives, ISuctionTool tool, Watchdogs watchdogs)
    {
        (_robot, _drives, _tool, _watchdogs) = (robot, drives, tool, watchdogs);
        _checks =
        [
            new("drives agree with the robot file", _ => _drivesConfigured == ConfigureState.Done,
                _ => _drives.ConfigureError() is { Length: > 0 } error ? error : "the start-up conversation did not end in time"),
            new("every drive answers", now => _drives.FirstSilent(now) < 0, now => $"{JointName(_drives.FirstSilent(now))} is silent"),
            new("no drive reports an error", _ => _drives.FirstError() < 0, ExplainDriveError),
            new("no drive has energy", _ => _drives.FirstWithEnergy(true) < 0, _ => $"{JointName(_drives.FirstWithEnergy(true))} is energised"),
            new("joints are inside their limits", _ => _watchdogs.FirstOutside(_position) < 0, ExplainOutside),
            new("tool agrees with the robot file", _ => _toolConfigured == ConfigureState.Done,
                _ => _tool.ConfigureError is { Length: > 0 } error ? error : "the start-up conversation did not end in time"),
            new("tool answers", now => !_watchdogs.IsToolSilent(now), _ => "the tool is silent"),
            new("tool reports no error", _ => _tool.Feedback.ErrorBits == 0, _ => $"the tool's error bits are 0x{_tool.Feedback.ErrorBits:X2}"),
            new($"camera \"{watchdogs.Camera.Name}\" is alive", now => !_watchdogs.IsCameraLost(now),
                _ => _watchdogs.LastFrameNs == 0 ? "no frame ever came" : $"the last frame is older than {_watchdogs.Camera.TimeoutSeconds} s"),
        ];
    }

    /// <summary>Every check, in the order in which they are made.</summary>
    public IReadOnlyList<SelfTestCheck> Checks => _checks;

    /// <summary>Names and findings of the checks that failed; empty when all passed.</summary>
    public string Failures => string.Join("; ", _checks.Where(check => !check.Passed).Select(check => $"{check.Name}: {check.Detail}"));

    /// <summary>Adds a check of something that the loop does not know, e.g. a model's speed. Only before the loop runs.</summary>
    /// <param name="name">What is checked.</param>
    /// <param name="passes">Called by the loop's thread: must not allocate, wait or throw.</param>
    /// <param name="explain">What was found and what is allowed.</param>
    public void Require(string name, Func<bool> passes, Func<string> explain) =>
        _checks = [.. _checks, new(name, _ => passes(), _ => explain())];

    internal void Begin(long nowNs)
    {
        _begunNs = nowNs;
        _drivesConfigured = _toolConfigured = ConfigureState.Busy;
    }

    /// <summary>One tick of the self-test.</summary>
    internal ConfigureState Step(long nowNs, in JointVector positionRad)
    {
        if (_drivesConfigured == ConfigureState.Busy)
            _drivesConfigured = _drives.Configure(nowNs);
        if (_toolConfigured == ConfigureState.Busy)
            _toolConfigured = _tool.Configure(nowNs);
        var hopeless = _drivesConfigured == ConfigureState.Failed || _toolConfigured == ConfigureState.Failed || nowNs - _begunNs > TimeoutSeconds * 1e9;
        return Check(nowNs, positionRad, explain: hopeless) ? ConfigureState.Done : hopeless ? ConfigureState.Failed : ConfigureState.Busy;
    }

    /// <summary>Runs every check now; true when all pass.</summary>
    internal bool Check(long nowNs, in JointVector positionRad, bool explain = true)
    {
        _position = positionRad;
        var passed = true;
        foreach (var check in _checks)
            passed &= check.Run(nowNs);
        if (passed || !explain)
            return passed;

        foreach (var check in _checks)
            check.Explain(nowNs);
        return false;
    }

    private string JointName(int joint) => _robot.Joints[joint].Name;

    private string ExplainDriveError(long nowNs)
    {
        var joint = _drives.FirstError();
        return $"{JointName(joint)} reports error 0x{_drives.Feedback(joint).ErrorCode:X}";
    }

    private string ExplainOutside(long nowNs)
    {
        var joint = _watchdogs.FirstOutside(_position);
        var limits = _robot.Joints[joint].Limits.PositionRad;
        return string.Create(CultureInfo.InvariantCulture, $"{JointName(joint)} is at {_position[joint]:F3} rad, allowed is {limits[0]:F3} to {limits[1]:F3}");
    }
}
