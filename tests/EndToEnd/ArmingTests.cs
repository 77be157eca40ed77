using Xunit;

namespace Edge.Tests.EndToEnd;

/// <summary>The published controller, started disarmed as a service is, and the commands that a person has.</summary>
[Collection("real time")]
public sealed class ArmingTests
{
    [Fact]
    public void A_disarmed_controller_is_armed_and_stopped_by_wire()
    {
        using var rig = new RealTimeFixture(arm: false);
        AssertSays(rig, "arm", 0, "arm: done; the robot is armed");
        Assert.All(rig.Robot.Joints, joint => Assert.True(rig.Rig.Devices.Drive(joint.Name).Enabled));
        AssertSays(rig, "stop", 0, "stop: done; the robot is stopped");
        Assert.All(rig.Robot.Joints, joint => Assert.False(rig.Rig.Devices.Drive(joint.Name).Enabled));
        AssertSays(rig, "arm", 1, "StopCommand");
        AssertSays(rig, "clear-error", 0, "clearError: done; the robot is idle");
        AssertSays(rig, "arm", 0, "arm: done; the robot is armed");
        AssertSays(rig, "disarm", 0, "disarm: done; the robot is idle");
    }

    private static void AssertSays(RealTimeFixture rig, string command, int exitCode, string line)
    {
        using var client = RealTimeFixture.StartEdge(command, "--robot", rig.RobotPath);
        Assert.True(client.WaitForLine(line, 60), $"{string.Join('\n', client.Lines)}\n{rig.Log}");
        Assert.True(client.WaitForExit(60));
        Assert.Equal(exitCode, client.ExitCode);
    }
}
