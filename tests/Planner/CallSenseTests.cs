using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;
using Edge.Tests.Motion;
using Xunit;

namespace Edge.Tests.Planner;

/// <summary>What the check of a call lets through, and what not, with marks as a vision encoder without faults would set them.</summary>
public sealed class CallSenseTests
{
    private const float Object = 0, Area = 1;

    private static readonly MarkNames Names = new(
        [.. Enumerable.Range(0, ThingNames.ColourCount).Select(i => ThingNames.Colour((ThingColour)i))],
        ["area", "ball", "beam", .. Enumerable.Range(0, ThingNames.ShapeCount).Select(i => ThingNames.Of((ObjectShape)i))]);

    private static readonly float[] GreenAreaWithRedCube = [.. Mark(500, 500, Area, "green area"), .. Mark(465, 500, Object, "red cube")];

    private static readonly CameraModel Camera = new(ReferenceArm.Robot.PlannerCamera);

    public static TheoryData<string> Tasks => [.. TaskRegistry.All.Select(task => task.Name)];

    /// <summary>What the oracle would write always makes sense.</summary>
    [Theory]
    [MemberData(nameof(Tasks))]
    public void TheOraclesCallsMakeSense(string task)
    {
        var calls = 0;
        for (var seed = 400_000UL; seed < 400_012; seed++)
        {
            var episode = TaskRegistry.Get(task).Sample(seed);
            var world = new FastForward(episode.Scene, Camera, ReferenceArm.Robot.WorkspaceM, new SceneRandom(seed), failureRate: 0, noiseM: 0.003);
            for (var call = episode.Next(world.World, world.Memory); call.Function != "done"; call = episode.Next(world.World, world.Memory))
            {
                var invocation = world.Named(call.ToInvocation(Camera));
                var sense = Sense(Marks(episode.Scene, world), episode.Picture is { } picture ? Marks(picture.Scene, null) : [], Past(world.Memory));
                Assert.False(sense.DeniesLastOutcome(), $"seed {seed}, call {calls}: {(world.Memory.Count > 0 ? world.Memory[^1].Call : "")}");
                Assert.True(sense.Allows(invocation), $"seed {seed}, call {calls + 1}: {CallFormatter.Format(invocation)} after {string.Join(", ", world.Memory.Select(entry => entry.Call))}");
                world.Apply(invocation);
                episode.Watch(world.World);
                Assert.True(++calls < 1000, "it never ends");
            }
        }

        Assert.NotEqual(0, calls);
    }

    [Theory]
    [InlineData("place(at=(500, 500))", true)]
    [InlineData("place(at=(560, 500))", true)] // on the area, 95 from what stands there
    [InlineData("place(at=(520, 500))", true)] // in its middle, as near as the eye is sure
    [InlineData("place(at=(490, 545))", false)] // on the area, against what stands there
    [InlineData("place(at=(300, 300))", true)]
    [InlineData("place(at=(400, 420))", false)] // beside the area, too near
    [InlineData("push(at=(465, 500), to=(500, 500))", true)] // onto the area; what is pushed is not in its own way
    [InlineData("push(at=(505, 500), to=(470, 510))", false)]
    [InlineData("push(at=(465, 500), to=(485, 500))", false)] // it is there
    [InlineData("push_towards(at=(465, 500), towards=(465, 500))", false)]
    [InlineData("push_towards(at=(465, 500), towards=(560, 500))", true)]
    [InlineData("push(at=(560, 500), to=(300, 500))", false)] // the cube is in its way
    [InlineData("push(at=(480, 480), to=(300, 560))", true)] // the mark next to the point is the thing itself
    [InlineData("push(at=(465, 500), to=(465, 410))", false)] // nothing could come where it stood
    [InlineData("pick(at=(465, 500))", true)]
    [InlineData("pick(at=(300, 300))", false)]
    [InlineData("throw(at=(560, 500))", true)]
    [InlineData("throw(\"green area\", at=(560, 500))", true)]
    [InlineData("throw(\"green area\", at=(490, 500))", false)] // onto what lies there
    [InlineData("throw(\"red cube\", at=(465, 500))", true)] // at it
    [InlineData("pick(\"red cube\", at=(465, 500))", true)]
    [InlineData("pick(\"green cube\", at=(465, 500))", false)]
    [InlineData("pick(\"red\", at=(465, 500))", false)]
    [InlineData("place(\"green area\", at=(560, 500))", true)]
    [InlineData("place(\"red area\", at=(560, 500))", false)]
    [InlineData("place(\"red cube\", at=(465, 500))", true)]
    [InlineData("place(\"green area\", at=(470, 500))", false)] // the area is named, but that is on the cube
    public void WhatIsPutDownNeedsRoomAndWhatIsGraspedMustBeThere(string call, bool makesSense) =>
        Assert.Equal(makesSense, Sense(GreenAreaWithRedCube, [], Past([])).Allows(Parse(call)));

    [Theory]
    [InlineData("rotate(at=(300, 300), by=30)", "rotate(at=(303, 297), by=30)", false)]
    [InlineData("rotate(at=(300, 300), by=30)", "rotate(at=(300, 300), by=-30)", true)]
    [InlineData("topple(at=(300, 300))", "topple(at=(390, 300))", true)]
    [InlineData("place(\"red area\", at=(300, 300))", "pick(at=(300, 300))", true)] // "onto this area, then onto that one"
    [InlineData("place(at=(300, 300))", "pick(at=(300, 300))", false)]
    [InlineData("place(at=(300, 300))", "pick(at=memory(1))", false)]
    [InlineData("place(at=(300, 300))", "pick(at=(390, 300))", true)]
    [InlineData("push(at=(300, 300), to=(500, 300))", "push(at=(505, 300), to=(700, 300))", true)] // out of the way first, then on
    [InlineData("push(at=(300, 300), to=(500, 300))", "push(at=(505, 300), to=memory(1))", false)]
    [InlineData("push(at=(300, 300), to=(500, 300))", "push(at=(700, 300), to=memory(1))", true)]
    [InlineData("push(at=(300, 300), to=memory(1))", "push(at=(305, 300), to=memory(1))", false)]
    [InlineData("pick(at=(300, 300))", "pick(at=(300, 300))", true)] // it may have fallen off
    [InlineData("pick(at=(300, 300))", "place(at=(303, 297))", false)]
    [InlineData("pick(at=(300, 300))", "place(at=(390, 300))", true)]
    [InlineData("pick(at=(300, 300))", "place(at=memory(1))", false)]
    [InlineData("pick(at=(300, 300))", "place(at=memory(2))", true)]
    [InlineData("pick(at=memory(2))", "place(at=memory(2))", false)]
    public void WhatHasJustBeenDoneIsNotDoneAgain(string last, string call, bool makesSense) =>
        Assert.Equal(makesSense, Sense([], [], Remember(last)).Allows(Parse(call)));

    /// <summary>The first lies beyond the point, which it slid past: the second would come down on it.</summary>
    [Theory]
    [InlineData("throw(\"green area\", at=(460, 464))", SubtaskOutcome.Succeeded, false)]
    [InlineData("throw(\"green area\", at=(546, 464))", SubtaskOutcome.Succeeded, true)]
    [InlineData("throw(\"green area\", at=(460, 464))", SubtaskOutcome.Failed, true)]
    public void NothingIsThrownWhereAnotherWasThrown(string call, SubtaskOutcome outcome, bool makesSense) => Assert.Equal(
        makesSense,
        Sense([.. Mark(500, 500, Area, "green area"), .. Mark(425, 540, Object, "green cube")], [], Past([Entry(1, "throw(\"green area\", at=(454, 464))", outcome)])).Allows(Parse(call)));

    /// <summary>The cube stands where the cylinder stood, the cylinder goes to where the cube stood.</summary>
    [Theory]
    [InlineData("push(\"red cube\", at=(310, 300), to=(600, 600))", false)] // the cube is where it belongs
    [InlineData("push(\"red cube\", at=(310, 300), to=memory(1))", false)] // it is there
    [InlineData("push(\"blue cylinder\", at=(500, 500), to=memory(2))", true)]
    [InlineData("push(\"blue cylinder\", at=(500, 500), to=(600, 600))", true)]
    public void WhatWasPushedToARememberedPlaceStays(string call, bool makesSense) => Assert.Equal(
        makesSense,
        Sense(Things(("red cube", 310, 300), ("blue cylinder", 500, 500)), [], Past(
        [
            Entry(1, "push(\"blue cylinder\", at=(300, 300), to=(500, 500))", SubtaskOutcome.Succeeded),
            Entry(2, "push(\"red cube\", at=(700, 300), to=memory(1))", SubtaskOutcome.Succeeded),
        ])).Allows(Parse(call)));

    [Theory]
    [InlineData("place(at=(500, 560))", true)]
    [InlineData("place(at=(560, 500))", false)]
    [InlineData("place(\"green area\", at=(540, 500))", false)]
    [InlineData("place(\"green cube\", at=(540, 500))", null)] // where on a stack a thing lies cannot be told
    [InlineData("place(at=(465, 640))", true)] // on a stack, whose top is marked above the point
    [InlineData("push(at=(300, 300), to=(490, 510))", true)]
    [InlineData("push(at=(300, 300), to=(515, 500))", false)] // three centimetres short
    [InlineData("throw(\"green area\", at=(546, 464))", true)] // it lies on the other half
    [InlineData("throw(\"red cube\", at=(300, 300))", null)]
    [InlineData("pick(at=(300, 300))", null)] // the cup feels it
    public void WhatIsNotSeenWhereItWasPutIsNotThere(string last, bool? isSeen) =>
        Assert.Equal(isSeen == false, Sense(GreenAreaWithRedCube, [], Remember(last)).DeniesLastOutcome());

    [Fact]
    public void WhatWasThrownAtAnEmptyAreaHasMissed() =>
        Assert.True(Sense([.. Mark(500, 500, Area, "green area"), .. Mark(300, 400, Object, "red cube")], [], Remember("throw(\"green area\", at=(454, 464))")).DeniesLastOutcome());

    [Fact]
    public void WhatAlwaysEndsBesideIsDeniedTwiceAndThenLeft()
    {
        const string Short = "push(at=(300, 300), to=(515, 500))";
        var memory = new List<MemoryEntry>();
        for (var failures = 0; failures < 4; failures++)
        {
            memory.Add(Entry(failures + 1, Short, SubtaskOutcome.Succeeded));
            Assert.Equal(failures < 2, Sense(GreenAreaWithRedCube, [], Past(memory)).DeniesLastOutcome());
            memory[^1] = Entry(failures + 1, Short, SubtaskOutcome.Failed);
        }
    }

    /// <summary>The table is to look like a picture with the cube at the right and the cylinder at the left.</summary>
    [Theory]
    [InlineData("place(at=(700, 300))", true)]
    [InlineData("place(at=(200, 300))", false)] // the cylinder's place
    [InlineData("place(at=(450, 700))", false)] // nobody's, while its own is free
    public void WhatIsHeldGoesWhereThePictureShowsIt(string call, bool makesSense) =>
        Assert.Equal(makesSense, Sense(Things(("blue cylinder", 500, 700)), Things(("red cube", 700, 300), ("blue cylinder", 200, 300)), Remember("pick(\"red cube\", at=(400, 500))")).Allows(Parse(call)));

    [Theory]
    [InlineData("done()", 500, false)]
    [InlineData("done()", 200, true)]
    [InlineData("pick(\"red cube\", at=(700, 300))", 500, false)] // it is there
    [InlineData("pick(\"red cube\", at=(700, 300))", 200, true)] // all are, and now back
    public void NothingIsDoneBeforeAllStandsAsInThePicture(string call, int cylinderX, bool makesSense) =>
        Assert.Equal(
            makesSense,
            Sense(Things(("red cube", 700, 300), ("blue cylinder", cylinderX, 300)), Things(("red cube", 700, 300), ("blue cylinder", 200, 300)),
                Past([Entry(1, "pick(\"red cube\", at=(400, 500))", SubtaskOutcome.Succeeded), Entry(2, "place(at=(700, 300))", SubtaskOutcome.Succeeded), Entry(3, "move(to=(500, 500))", SubtaskOutcome.Succeeded)]))
                .Allows(Parse(call)));

    /// <summary>A thing that was dropped on the way stood where it was taken first.</summary>
    [Fact]
    public void ARetryIsAboutWhereTheThingStoodAtFirst()
    {
        var past = Past([Entry(1, "pick(\"red cube\", at=(300, 300))", SubtaskOutcome.Failed), Entry(2, "pick(\"red cube\", at=(420, 300))", SubtaskOutcome.Succeeded)]);
        Assert.Equal(new ArgumentValue(0, 300, 300), past.PointOf(new ArgumentValue(2, 0, 0)));
        Assert.True(Sense([], [], past).Allows(Parse("place(at=memory(2))"))); // it is put back, which is not where it was just picked up
        Assert.Null(past.PointOf(new ArgumentValue(3, 0, 0)));
    }

    private static CallSense Sense(float[] marks, float[] told, PastCalls past) => new(new MarkSet(marks), new MarkSet(told), Names, past);

    private static PastCalls Past(IReadOnlyList<MemoryEntry> memory) => new PastCalls().Read(memory);

    private static PastCalls Remember(string last) => Past([Entry(1, last, SubtaskOutcome.Succeeded)]);

    private static MemoryEntry Entry(int slot, string call, SubtaskOutcome outcome) => new(slot, "", 0, call, default, outcome);

    private static float[] Things(params (string Name, float X, float Y)[] things) => [.. things.SelectMany(thing => Mark(thing.X, thing.Y, Object, thing.Name))];

    private static ApiInvocation Parse(string text)
    {
        Assert.True(CallParser.TryParse(text, new MemorySlots(1, MemorySlots.Highest), out var call, out var error), error);
        return call;
    }

    private static float[] Mark(float x, float y, float kind, string name)
    {
        var (colour, shape) = name.Split(' ') is [var first, var rest] ? (first, rest) : ("", name);
        return [x, y, 1, kind, Names.Colours.ToList().IndexOf(colour), Names.Shapes.ToList().IndexOf(shape), 1];
    }

    private static float[] Marks(Scene scene, FastForward? world)
    {
        var marks = new List<float>();
        void Add(double x, double y, double z, float kind, string name)
        {
            var (u, v, _) = Camera.Project(x, y, z);
            var point = TargetResolver.PointAt(Camera, u, v);
            marks.AddRange(Mark(point.XPerMille, point.YPerMille, kind, name));
        }

        for (var i = 0; i < scene.Objects.Count; i++)
        {
            if (world is null)
                Add(scene.Objects[i].X, scene.Objects[i].Y, 0, Object, scene.Objects[i].Name);
            else if (i != world.World.Held)
                Add(world.World.Objects[i].X, world.World.Objects[i].Y, world.World.Objects[i].ClearanceM, Object, scene.Objects[i].Name);
        }

        foreach (var area in scene.Areas)
            Add(area.X, area.Y, area.HeightM, Area, area.Name);
        foreach (var y in scene.Beam is { } beam ? beam.PlacesY : [])
            Add(scene.Beam!.X, y, 0, Area, "beam");

        return [.. marks];
    }
}
