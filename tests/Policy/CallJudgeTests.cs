using Edge.Api;
using Edge.Control;
using Edge.Hil.Oracle;
using Edge.Policy;
using Xunit;

namespace Edge.Tests.Policy;

/// <summary>What came of a call, by where the things are: a block of 6 cm stands at (0.40, 0.10), an area lies at (0.60, 0).</summary>
public sealed class CallJudgeTests
{
    private static readonly ThingTruth Standing = new(0.40, 0.10, 0.06, 0.015, true);
    private static readonly ThingTruth Lying = Standing with { Y = -0.02, TopZ = 0.03 };

    private readonly World _world = new(Standing, new ThingTruth(0.60, 0, 0, 0.045, false));

    [Fact]
    public void APickIsOfTheThingThatWasMeant()
    {
        Assert.False(After("pick", (0.4, 0.1)));
        Assert.True(After("pick", (0.4, 0.1), () => _world.HeldThing = 0));
    }

    [Theory]
    [InlineData("place", 0.02, true)]
    [InlineData("place", 0.05, false)]
    [InlineData("push", 0.02, true)]
    [InlineData("push", 0.05, false)]
    public void WhatIsBroughtIsWithinThreeCentimetres(string call, double offM, bool worked)
    {
        _world.HeldThing = call == "place" ? 0 : -1;
        Assert.Equal(worked, After(call, (0.40, 0.10), () => Now(Standing with { X = 0.50 + offM, Y = -0.1 }), end: new ToolPose(0.50, -0.1, 0, 0)));
    }

    [Fact]
    public void ASweptThingHasFallenAndIsAway()
    {
        Assert.True(Swept(Standing, Lying));
        Assert.False(Swept(Standing, Standing with { Y = -0.02 })); // slid along, it stands
        Assert.False(Swept(Standing, Lying with { Y = 0.05 })); // fell where it stood
        Assert.True(Swept(Lying with { Y = 0.10 }, Lying)); // it lay before: away is enough

        bool Swept(ThingTruth before, ThingTruth now)
        {
            Now(before);
            return After("topple", (0.40, 0.10), () => Now(now));
        }
    }

    [Theory]
    [InlineData(85, 0, true)]
    [InlineData(80, 0, false)]
    [InlineData(-90, 0, false)]
    [InlineData(90, 0.05, false)]
    public void ATurnIsRightWithinSixDegreesWhereTheThingStood(double degrees, double movedM, bool worked) =>
        Assert.Equal(worked, After("rotate", (0.40, 0.10), () => Now(Standing with { X = 0.40 + movedM, YawRad = degrees * Math.PI / 180 }), end: new ToolPose(0.40, 0.10, 0, Math.PI / 2)));

    [Fact]
    public void AThrowHasHitWhereItLiesOrWhatItMoved()
    {
        _world.Things = [.. _world.Things, Standing with { X = 0.62, Y = 0.2 }];
        _world.HeldThing = 0;
        Assert.True(Thrown((0.60, 0), 0.63, 0.02)); // on the area
        Assert.False(Thrown((0.60, 0), 0.63, 0.08));
        Assert.False(Thrown((0.62, 0.2), 0.70, 0.02)); // past the block
        Assert.True(Thrown((0.62, 0.2), 0.70, 0.02, nudge: 0.03));

        bool Thrown((double X, double Y) at, double x, double y, double nudge = 0)
        {
            (_world.HeldThing, _world.Things[0], _world.Things[2]) = (0, Standing, Standing with { X = 0.62, Y = 0.2 });
            return After("throw", at, () => (_world.HeldThing, _world.Things[0], _world.Things[2]) = (-1, Standing with { X = x, Y = y }, _world.Things[2] with { X = 0.62 + nudge }));
        }
    }

    [Fact]
    public void OfWhatSensorsTellTheyAreBelieved() => Assert.True(After("move", (0.1, 0.1)));

    private bool After(string call, (double X, double Y) at, Action? happened = null, ToolPose? end = null)
    {
        var target = new ToolPose(at.X, at.Y, 0, 0);
        var subtask = new Subtask(1, RobotApi.IndexOf(call), target, call) { End = end ?? target };
        var judge = new CallJudge(_world);
        judge.Begin(subtask, new OraclePolicy(_world).Meant(subtask));
        happened?.Invoke();
        return judge.HasWorked();
    }

    private void Now(ThingTruth thing) => _world.Things[0] = thing;

    private sealed class World(params ThingTruth[] things) : IPlantTruth
    {
        public ThingTruth[] Things { get; set; } = things;

        public int ThingCount => Things.Length;

        public int HeldThing { get; set; } = -1;

        public double HeldDepthM => 0;

        public double GroundZ(double x, double y) => 0;

        public ThingTruth Thing(int index) => Things[index];
    }
}
