using Xunit;
using System.Diagnostics;

namespace Edge.Tests.EndToEnd;

/// <summary>What must go wrong safely, with the published controller in real time: however a part dies, the arm comes to rest within its limits.</summary>
[Collection("real time")]
public sealed class KillTests
{
    [Fact]
    public void A_planner_that_gets_no_time_leaves_the_arm_at_rest()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        var before = ThreadTimes.Of(rig.Edge.Id, "planner");
        using var hogs = new Hogs();
        Assert.True(RealTimeFixture.Eventually(() => (ThreadTimes.Of(rig.Edge.Id, "planner") - before).WaitedNs > 3_000_000_000, 120), $"the planner is not asked\n{rig.Log}");
        rig.AssertComesToRest(60);
        var got = ThreadTimes.Of(rig.Edge.Id, "planner") - before;
        Assert.True(got.RanNs < got.WaitedNs / 50, $"the planner was not starved: {got}\n{rig.Log}");
        Assert.False(rig.Edge.HasExited, rig.Log);
    }

    [Fact]
    public void A_broker_that_dies_and_returns_is_found_again_and_moves_nothing_by_itself()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        rig.Broker.Kill();
        rig.AssertComesToRest(120); // "finish": the task goes on to its end without a broker
        rig.Broker.Start();
        using var again = RealTimeFixture.StartEdge("task", "--robot", rig.RobotPath, "touch nothing that is not there");
        Assert.True(again.WaitForLine("accepted", 30), string.Join('\n', again.Lines) + rig.Log);
    }

    [Fact]
    public void A_camera_that_hangs_stops_the_arm()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        rig.Rig.CameraStream.Pause();
        rig.AssertComesToRest();
        Assert.False(rig.Edge.HasExited, rig.Log);
    }

    [Fact]
    public void A_silent_drive_takes_the_energy_out_of_all()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        rig.Rig.Devices.Silence("joint3");
        rig.AssertComesToRest();
        Assert.True(RealTimeFixture.Eventually(() => rig.Robot.Joints.All(joint => !rig.Rig.Devices.Drive(joint.Name).Enabled), 5), rig.Log);
    }

    [Fact]
    public void A_killed_controller_leaves_the_stop_to_the_drives()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        rig.Edge.Kill();
        rig.AssertComesToRest();
        Assert.All(rig.Robot.Joints, joint => Assert.False(rig.Rig.Devices.Drive(joint.Name).Enabled));
    }

    [Fact]
    public void A_signal_ends_in_a_controlled_stop()
    {
        using var rig = new RealTimeFixture();
        using var client = rig.StartTask();
        rig.Edge.Terminate();
        Assert.True(rig.Edge.WaitForExit(10), rig.Log);
        Assert.Equal(0, rig.Edge.ExitCode);
        rig.AssertComesToRest();
    }

    /// <summary>Keeps every core busy at ordinary priority, so that the planner's thread, of the idle class, hardly runs, and everybody else does.</summary>
    private sealed class Hogs : IDisposable
    {
        private readonly Process[] _processes = [.. Enumerable.Range(0, 2 * Environment.ProcessorCount).Select(_ =>
            Process.Start(new ProcessStartInfo("sh", "-c \"while :; do :; done\""))!)];

        public void Dispose()
        {
            foreach (var process in _processes)
            {
                process.Kill();
                process.WaitForExit();
                process.Dispose();
            }
        }
    }
}

/// <summary>One at a time: each has the machine to itself.</summary>
[CollectionDefinition("real time", DisableParallelization = true)]
public sealed class RealTimeTests;
