using Edge.Buses;
using Edge.Drives;
using Edge.Robots;
using Edge.Tests.Buses;
using Xunit;

namespace Edge.Tests.Drives;

public sealed class DriveSetTests
{
    private readonly List<FakeLink> _links = [];

    [Fact]
    public void GroupsJointsByBusAndKeepsTheirOrder()
    {
        var robot = Robot(["a", "b", "a", "b", "b"]);
        using (var set = DriveSet.Create(robot, Open, OpenCan))
        {
            Assert.Equal([2, 3], set.Groups.Select(group => group.Count));
            Assert.Equal([new(0, 0), new(1, 0), new(0, 1), new(1, 1), new(1, 2)], set.Joints);
            Assert.Equal(2, set.CanBuses.Count);
            Assert.NotNull(set.Tool);
            Assert.Equal(3, _links.Count);
        }

        Assert.All(_links, link => Assert.True(link.Disposed));
    }

    [Fact]
    public void WhatWasOpenedIsClosedWhenALaterOneFails()
    {
        var robot = Robot(["a", "b"]);
        var error = Assert.Throws<BusException>(() => DriveSet.Create(robot, _ => throw new BusException("no tool"), OpenCan));
        Assert.Equal("no tool", error.Message);
        Assert.Equal(2, _links.Count);
        Assert.All(_links, link => Assert.True(link.Disposed));
    }

    [Fact]
    public void UnknownKindsAndBusesAreNamed()
    {
        var robot = Robot(["a"]);
        var joint = robot.Joints[0];
        Assert.Contains("\"odrive\"", Error(robot with { Joints = [joint with { Drive = joint.Drive with { Kind = "odrive" } }] }), StringComparison.Ordinal);
        Assert.Contains("\"servo9\"", Error(robot with { Tool = robot.Tool with { Valve = robot.Tool.Valve with { Kind = "servo9" } } }), StringComparison.Ordinal);
        Assert.Contains("\"c\"", Error(robot with { Joints = [joint with { Drive = joint.Drive with { Bus = "c" } }] }), StringComparison.Ordinal);
    }

    internal static RobotDescription Robot(string[] buses) => new()
    {
        Name = "test",
        Loop = new LoopDescription(1000, 0, -1, 20),
        Buses = [new("a", "slcan", "a", 1_000_000), new("b", "slcan", "b", 1_000_000, 5_000_000), new("tool", "serial", "t", 1_000_000)],
        Joints = [.. buses.Select((bus, i) => DamiaoDriveGroupTests.Joint(i + 1, bus: bus))],
        HomeRad = new double[buses.Length],
        Tool = new ToolDescription("suction", [0, 0, 0.1], 0.2, [0, 0, 0], FeetechSuctionToolTests.Valve),
        WorkspaceM = new BoxDescription([0, 0, 0], [1, 1, 1]),
        Cameras = [],
        Policy = new PolicyDescription("p", "c", 4, 0.5),
        Planner = new PlannerDescription("p", "c", 3, 16, 5),
        Mqtt = new MqttDescription("127.0.0.1", 1883, "lab", "arm1", "finish"),
        Safety = new SafetyDescription(0.03, 0.25, 2),
    };

    private string Error(RobotDescription robot) => Assert.Throws<ArgumentException>(() => DriveSet.Create(robot, Open, OpenCan)).Message;

    private FakeLink Open(BusDescription bus)
    {
        var link = new FakeLink();
        _links.Add(link);
        return link;
    }

    private SlcanBus OpenCan(BusDescription bus) => new(Open(bus), bus.BitRate, bus.DataBitRate);
}
