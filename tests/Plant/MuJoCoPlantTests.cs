using Edge.Control;
using Edge.Control.Motion;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Robots;
using Xunit;

namespace Edge.Tests.Plant;

public sealed class MuJoCoPlantTests
{
    private const double Travel = 0.16;

    private static readonly RobotDescription Robot = TestRobot.Load();

    private static readonly Rgb Grey = new(0.5, 0.5, 0.5);

    [Fact]
    public void ToolPoseAgreesWithTheHostsKinematics()
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf());
        var kinematics = new ArmKinematics(Robot);
        var random = new SceneRandom(7);
        var joints = new double[plant.JointCount];
        for (var k = 0; k < 50; k++)
        {
            JointVector q = default;
            for (var i = 0; i < joints.Length; i++)
                q[i] = joints[i] = random.Range(Robot.Joints[i].Limits.PositionRad[0], Robot.Joints[i].Limits.PositionRad[1]);
            plant.SetJoints(joints);
            var expected = kinematics.ForwardFrame(q);
            Assert.Equal(expected.X, plant.Tool.X, 1e-9);
            Assert.Equal(expected.Y, plant.Tool.Y, 1e-9);
            Assert.Equal(expected.Z, plant.Tool.Z, 1e-9);
            Assert.Equal(Math.Acos(-expected.R22), plant.ToolTiltRad, 1e-6);
        }
    }

    [Fact]
    public void BrakesHoldAndWithoutThemTheArmFalls()
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf());
        var start = Joints(plant);
        Run(plant, 3);
        for (var i = 0; i < plant.JointCount; i++)
            Assert.Equal(start[i], plant.PositionRad(i), 2e-3);
        for (var i = 0; i < plant.JointCount; i++)
            plant.SetBrake(i, false);
        Run(plant, 0.5);
        Assert.True(Math.Abs(plant.PositionRad(1) - start[1]) > 0.1);
    }

    [Fact]
    public void HostsGravityFeedForwardAloneKeepsTheArmWhereItIs()
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf());
        var dynamics = new ArmDynamics(Robot);
        var start = Joints(plant);
        for (var i = 0; i < plant.JointCount; i++)
            plant.SetBrake(i, false);
        for (var k = 0; k < 1000; k++)
        {
            JointVector q = default, torque = default;
            for (var i = 0; i < plant.JointCount; i++)
                q[i] = plant.PositionRad(i);
            dynamics.Gravity(q, 0, ref torque);
            for (var i = 0; i < plant.JointCount; i++)
                plant.SetTorque(i, torque[i]);
            plant.Step();
        }

        for (var i = 0; i < plant.JointCount; i++)
            Assert.Equal(start[i], plant.PositionRad(i), 5e-3);
    }

    [Theory]
    [InlineData(ObjectShape.Cube)]
    [InlineData(ObjectShape.Cylinder)]
    [InlineData(ObjectShape.Prism)]
    [InlineData(ObjectShape.Brick)]
    public void EveryShapeStandsStillOnTheTable(ObjectShape shape)
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf(Thing(shape, 0.45, 0.1, yaw: 0.7)));
        plant.SetObject(0, 0.45, 0.1, 0.7, baseZ: 0.004);
        Run(plant, 2);
        var state = plant.ReadObject(0);
        Assert.True(state.IsStatic, $"{state.SpeedMS} m/s, {state.TurnRateRadS} rad/s");
        Assert.True(state.DistanceTo(0.45, 0.1) < 1e-3, $"moved {state.DistanceTo(0.45, 0.1)} m");
        Assert.True(Math.Abs(state.ClearanceM) < 1e-3 && state.TiltRad < 0.01);
        Assert.Equal(0.7, state.YawRad, 0.02);
    }

    [Theory]
    [InlineData(ObjectShape.Cube)]
    [InlineData(ObjectShape.Cylinder)]
    [InlineData(ObjectShape.Prism)]
    [InlineData(ObjectShape.Brick)]
    public void DrivenByTheMitLawTheArmPicksAndPlacesEveryShape(ObjectShape shape)
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf(Thing(shape, 0.42, -0.15, yaw: 0.4), Thing(ObjectShape.Cube, 0.50, 0.15)));
        var arm = new ArmDriver(Robot, plant);
        plant.SetSuction(1);
        arm.MoveTo(new ToolPose(0.42, -0.15, Travel, 0), 0.25);
        Assert.False(plant.CupPressed || plant.CupSealed);
        Assert.False(arm.MoveTo(new ToolPose(0.42, -0.15, 0, 0), 0.06, () => plant.CupSealed));
        Assert.Equal(0, plant.Held);
        arm.MoveTo(arm.Target with { Z = Travel }, 0.15);
        arm.MoveTo(new ToolPose(0.36, 0.12, Travel, 0.5), 0.25);
        arm.Wait(0.2);
        Assert.Equal(0, plant.Held);
        Assert.False(plant.CupPressed);
        Assert.True(plant.ReadObject(0).ClearanceM > 0.07);
        Assert.True(arm.LargestEffort < 0.9, $"effort {arm.LargestEffort}");

        Assert.False(arm.MoveTo(new ToolPose(0.36, 0.12, 0, 0.5), 0.06, () => plant.CupPressed));
        plant.SetSuction(0);
        arm.Wait(0.1);
        Assert.False(plant.CupSealed);
        arm.MoveTo(arm.Target with { Z = Travel }, 0.15);
        arm.Wait(0.3);
        var state = plant.ReadObject(0);
        Assert.True(state.IsStatic && state.TiltRad < 0.02, $"{state.SpeedMS} m/s, tilt {state.TiltRad}");
        Assert.True(state.DistanceTo(0.36, 0.12) < 0.006, $"placed {state.DistanceTo(0.36, 0.12)} m off");
        Assert.True(state is { Touched: true, EverHeld: true });
        Assert.True(plant.ReadObject(1) is { Touched: false, EverHeld: false });
    }

    [Fact]
    public void WithoutSuctionACupOnlyTouchesAndFeelsIt()
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf(Thing(ObjectShape.Cube, 0.42, 0)));
        var arm = new ArmDriver(Robot, plant);
        arm.MoveTo(new ToolPose(0.42, 0, Travel, 0), 0.25);
        Assert.False(arm.MoveTo(new ToolPose(0.42, 0, 0, 0), 0.06, () => plant.CupPressed));
        Assert.Equal(0.04, plant.Tool.Z, 0.002);
        Assert.Contains(plant.ArmContacts.ToArray(), c => c is { Thing: 0 } && c.Link == plant.JointCount);
        arm.MoveTo(arm.Target with { Z = Travel }, 0.15);
        Assert.False(plant.CupPressed || plant.CupSealed);
        Assert.True(plant.ReadObject(0) is { Touched: true, EverHeld: false } state && state.DistanceTo(0.42, 0) < 0.003);
    }

    [Theory]
    [InlineData(0.010, true)]
    [InlineData(0.0175, false)]
    public void TheCupSealsOnlyWellInsideTheEdge(double offset, bool seals)
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf(Thing(ObjectShape.Cube, 0.42, 0)));
        var arm = new ArmDriver(Robot, plant);
        plant.SetSuction(1);
        arm.MoveTo(new ToolPose(0.42 + offset, 0, Travel, 0), 0.25);
        arm.MoveTo(new ToolPose(0.42 + offset, 0, 0.036, 0), 0.06, () => plant.CupSealed);
        Assert.Equal(seals, plant.CupSealed);
    }

    [Theory]
    [InlineData(0.06, 0, 15)]
    [InlineData(0.06, 15, 0)]
    public void TheSealHoldsWhatItShould(double heightM, double sideways, double down) => PullAtTheSeal(heightM, sideways, down, holds: true);

    [Theory]
    [InlineData(0.06, 0, 35)] // off the cup
    [InlineData(0.03, 30, 0)] // across it
    [InlineData(0.10, 15, 0)] // a moment at the lip: the middle of the object is further below it
    public void TheSealBreaksUnderTooMuchForce(double heightM, double sideways, double down) => PullAtTheSeal(heightM, sideways, down, holds: false);

    private static void PullAtTheSeal(double heightM, double sideways, double down, bool holds)
    {
        using var plant = new MuJoCoPlant(Robot, SceneOf(Thing(ObjectShape.Cylinder, 0.42, 0) with { HeightM = heightM }));
        plant.AttachToCup(0);
        Run(plant, 0.1);
        plant.Disturb(0, 0, sideways, -down);
        Run(plant, 0.2);
        Assert.Equal(holds, plant.CupSealed);
    }

    [Fact]
    public void WhatHangsOnTheCupFollowsTheJoints()
    {
        var scene = SceneOf(Thing(ObjectShape.Cube, 0.42, 0)) with { HeldAtStart = 0 };
        using var plant = new MuJoCoPlant(Robot, scene);
        Assert.True(plant.CupSealed);
        Run(plant, 0.5);
        var state = plant.ReadObject(0);
        Assert.Equal(0, state.DistanceTo(plant.Tool.X, plant.Tool.Y), 2e-3);
        Assert.Equal(plant.Tool.Z - 0.02, state.Z, 2e-3);
        plant.Release();
        plant.SetObject(0, 0.5, 0.1, 0);
        Assert.False(plant.CupSealed);
        Assert.Equal(0, plant.ReadObject(0).DistanceTo(0.5, 0.1), 1e-9);
    }

    [Fact]
    public void TheSameTorquesGiveTheSameMotionToTheLastBit()
    {
        var scene = SceneSampler.Draw(new SceneRandom(3), 4, 1);
        using var first = new MuJoCoPlant(Robot, scene);
        using var second = new MuJoCoPlant(Robot, scene);
        foreach (var plant in (MuJoCoPlant[])[first, second])
        {
            for (var i = 0; i < plant.JointCount; i++)
                plant.SetBrake(i, false);
            for (var k = 0; k < 400; k++)
            {
                plant.SetTorque(1, 3 * Math.Sin(k * 0.01));
                plant.Step();
            }
        }

        double[] a = new double[first.PoseSize], b = new double[second.PoseSize];
        first.CopyPose(a);
        second.CopyPose(b);
        Assert.Equal(a, b);
    }

    [Fact]
    public void AStepAllocatesNothing()
    {
        using var plant = new MuJoCoPlant(Robot, SceneSampler.Draw(new SceneRandom(5), 4, 2, held: 1));
        Run(plant, 0.1);
        Assert.Equal(0, Allocations.Of(() => Run(plant, 0.1)));
    }

    internal static SceneObject Thing(ObjectShape shape, double x, double y, double yaw = 0) => shape switch
    {
        ObjectShape.Prism => new(shape, ThingColour.Red, 0.052, 0.05, x, y, yaw, Grey),
        ObjectShape.Brick => new(shape, ThingColour.Green, 0.032, 0.03, x, y, yaw, Grey),
        ObjectShape.Cylinder => new(shape, ThingColour.Blue, 0.04, 0.06, x, y, yaw, Grey),
        _ => new(shape, ThingColour.Yellow, 0.04, 0.04, x, y, yaw, Grey),
    };

    internal static Scene SceneOf(params SceneObject[] objects) => new() { Objects = objects, Areas = [] };

    private static double[] Joints(MuJoCoPlant plant) => [.. Enumerable.Range(0, plant.JointCount).Select(plant.PositionRad)];

    private static void Run(MuJoCoPlant plant, double seconds)
    {
        for (var k = 0; k < seconds / 0.001; k++)
            plant.Step();
    }
}
