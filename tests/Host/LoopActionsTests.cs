using Edge.Control;
using Edge.Hil.Emulation.Damiao;
using Edge.Hil.Lockstep;
using Edge.Hil.Oracle;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Host;
using Edge.Mqtt;
using Edge.Planner;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Host;

/// <summary>Arming, disarming, stopping and clearing as they come by wire, against the whole rig on the virtual clock.</summary>
public sealed class LoopActionsTests : IDisposable
{
    private readonly LockstepRig _rig = new(
        ReferenceArm.Robot, SceneSampler.Draw(new SceneRandom(1), 1, 1), plant => new OraclePolicy(new PlantTruth(() => plant)), _ => new NoPlanner());

    private readonly List<(string Id, string Failure)> _reports = [];
    private readonly LoopActions _actions;

    public LoopActionsTests() => _actions = new LoopActions(_rig.Controller, (command, failure) => _reports.Add((command.Id, failure)));

    public void Dispose() => _rig.Dispose();

    [Fact]
    public void ArmStopClearDisarm()
    {
        SelfTest();
        Assert.Equal((ControlState.Armed, ""), Do(RobotCommandKind.Arm));
        Assert.Equal((ControlState.Armed, ""), Do(RobotCommandKind.Arm)); // it is armed, which is what was wanted
        Assert.Equal((ControlState.Stopped, ""), Do(RobotCommandKind.Stop));
        var (state, failure) = Do(RobotCommandKind.Arm);
        Assert.Equal(ControlState.Stopped, state);
        Assert.Contains("Stopped: StopCommand", failure, StringComparison.Ordinal);
        Assert.Equal((ControlState.Idle, ""), Do(RobotCommandKind.ClearError));
        Assert.Equal((ControlState.Armed, ""), Do(RobotCommandKind.Arm));
        Assert.Equal((ControlState.Idle, ""), Do(RobotCommandKind.Disarm));
    }

    [Fact]
    public void AnArmThatFailsSaysWhichCheck()
    {
        _rig.Devices.Silence("joint2");
        SelfTest();
        var (state, failure) = Do(RobotCommandKind.Arm);
        Assert.Equal(ControlState.Off, state);
        Assert.Contains("joint2", failure, StringComparison.Ordinal);

        // What made it fail is mended: the same command makes the self-test again.
        _rig.Devices.Restore("joint2");
        _rig.Run(() => false, 1); // drives are asked anew after a pause only
        Assert.Equal((ControlState.Armed, ""), Do(RobotCommandKind.Arm));
    }

    [Fact]
    public void AFaultIsToldAndCleared()
    {
        SelfTest();
        Assert.Equal((ControlState.Armed, ""), Do(RobotCommandKind.Arm));
        _rig.Devices.SetError("joint3", DamiaoError.CoilOverTemperature);
        _rig.Run(() => _rig.Robot.State == ControlState.Fault, 3);
        var (state, failure) = Do(RobotCommandKind.Arm);
        Assert.Equal(ControlState.Fault, state);
        Assert.Contains("joint3", failure, StringComparison.Ordinal);
        Assert.Equal((ControlState.Fault, ""), Do(RobotCommandKind.Stop)); // nothing moves, nothing has energy
        _rig.Devices.SetError("joint3", DamiaoError.Disabled);
        Assert.Equal((ControlState.Idle, ""), Do(RobotCommandKind.ClearError));
    }

    [Fact]
    public void AStopOvertakesAnArm()
    {
        SelfTest();
        Begin(RobotCommandKind.Arm);
        Begin(RobotCommandKind.Stop);
        WaitForReports(2);
        Assert.Equal(ControlState.Stopped, _rig.Robot.State);
        Assert.Equal(["", "the robot is Stopped: StopCommand: command stop."], _reports.Select(report => report.Failure).Order());
    }

    private void SelfTest()
    {
        _rig.Controller.Loop.Commands.Post(ControlCommand.SelfTest);
        Assert.True(_rig.Run(() => _rig.Robot is { Busy: false, CommandsTaken: > 0 }, 10));
    }

    private (ControlState State, string Failure) Do(RobotCommandKind kind)
    {
        _reports.Clear();
        Begin(kind);
        WaitForReports(1);
        return (_rig.Robot.State, Assert.Single(_reports).Failure);
    }

    private void Begin(RobotCommandKind kind) => _actions.Begin(new RobotCommand(kind, kind.ToString()), _rig.Robot);

    private void WaitForReports(int count) => Assert.True(_rig.Run(
        () =>
        {
            _actions.Tick(_rig.Robot);
            return _reports.Count >= count;
        },
        Edge.Control.SelfTest.TimeoutSeconds + 2));

    private sealed class NoPlanner : IPlanner
    {
        public PlannerReply Next(PlannerRequest request) => throw new NotSupportedException("no task is given");
    }
}
