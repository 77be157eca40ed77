using Edge.Api;
using Edge.Cameras;
using Edge.Control;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Planner;
using Edge.Policy;

namespace Edge.Hil.Data;

/// <summary>One thing that the planner's model learns to write: what it reads, what it should write, and what kind of lesson that is.</summary>
/// <param name="Kind"><c>call</c>, <c>done</c>, <c>where</c>, <c>what</c>, <c>beside</c>, <c>tallest</c> or <c>finished</c>.</param>
/// <param name="Task">Task, or empty for a question about the picture.</param>
/// <param name="Prompt">What it reads.</param>
/// <param name="Answer">What it should write.</param>
/// <param name="Picture">Number of the picture that goes with the sentence; -1: none.</param>
public readonly record struct PlannerSample(string Kind, string Task, string Prompt, string Answer, int Picture = -1);

/// <summary>Further lessons from a picture that is there anyway: other tasks with the same things, and questions about what is where.</summary>
internal sealed class PlannerQuestions(CameraModel camera, Scene scene, FastForward world, SceneRandom random)
{
    private const double FalsePremise = 0.15, ClearOfThingsM = 0.03, ElsewhereM = 0.06, TallerM = 0.006;

    /// <summary>Calls that change what is where.</summary>
    private static readonly string[] SeenInThePicture = ["pick", "place", "topple", "throw"];

    /// <summary>The next call of a task.</summary>
    public PlannerSample Call(RigTask task, string instruction, OracleCall call, IReadOnlyList<MemoryEntry> memory) =>
        new(call.Function == "done" ? "done" : "call", task.Name, PlannerPrompt.Build(instruction, memory), CallFormatter.Format(world.Named(call.ToInvocation(camera))));

    /// <summary>The next call of another task that could be asked for with the same picture; null when the task drawn does not fit.</summary>
    public PlannerSample? OtherTask()
    {
        if (scene.Objects.Count == 0 || world.World.Objects.Any(thing => thing.Carrier >= 0))
            return null;
        var task = random.Pick(TaskRegistry.All);
        if (task.Bind(scene, world.World, random) is not { } goal)
            return null;
        var memory = ImagineMemory(task, goal);
        var call = task.Next(scene, goal, world.World, memory);
        return Call(task, task.Instruct(scene, goal, DataSplit.Train, random), call, memory);
    }

    /// <summary>Where is a thing? Now and then one that is not there.</summary>
    public PlannerSample Where()
    {
        if (random.Chance(FalsePremise))
            return new PlannerSample("where", "", PlannerPrompt.WhereIs(AbsentThing()), PlannerPrompt.Nowhere);
        var things = VisibleThings();
        if (things.Count == 0)
            return new PlannerSample("where", "", PlannerPrompt.WhereIs(AbsentThing()), PlannerPrompt.Nowhere);
        var (name, x, y) = random.Pick(things);
        var point = PointOf(x, y);
        return new PlannerSample("where", "", PlannerPrompt.WhereIs(name), PlannerPrompt.Point(point.XPerMille, point.YPerMille));
    }

    /// <summary>What is at a point? An object, an area, or nothing.</summary>
    public PlannerSample What()
    {
        var things = VisibleThings();
        double x, y;
        string answer;
        if (things.Count > 0 && random.Chance(0.75))
        {
            (answer, x, y) = random.Pick(things);
            x += random.Range(-0.006, 0.006);
            y += random.Range(-0.006, 0.006);
            // The middle of an area may be covered by what stands on it.
            if (ObjectAt(x, y) is { } covering)
                answer = covering;
        }
        else
        {
            do
            {
                (x, y) = (random.Range(SceneSampler.MinX, SceneSampler.MaxX), random.Range(-SceneSampler.MaxAbsY, SceneSampler.MaxAbsY));
            }
            while (!IsClear(x, y));
            answer = PlannerPrompt.Nothing;
        }

        var point = PointOf(x, y);
        return new PlannerSample("what", "", PlannerPrompt.WhatIsAt(point.XPerMille, point.YPerMille), answer);
    }

    /// <summary>What is on a side of a thing? Now and then nothing. Null where there is none to ask about.</summary>
    public PlannerSample? Beside()
    {
        var questions = new List<(int Thing, string Side, int Neighbour)>();
        foreach (var thing in Enumerable.Range(0, scene.Objects.Count).Where(HasOwnName))
        {
            foreach (var (word, x, y) in Sides.All)
            {
                if (Sides.Neighbour(world.World, thing, (x, y)) is { } neighbour && (neighbour < 0 || HasOwnName(neighbour)))
                    questions.Add((thing, word, neighbour));
            }
        }

        // Of most things nothing is on most sides.
        if (!random.Chance(FalsePremise))
            questions.RemoveAll(question => question.Neighbour < 0);
        if (questions.Count == 0)
            return null;
        var asked = random.Pick(questions);
        return new PlannerSample("beside", "", PlannerPrompt.WhatIsBeside(asked.Side, scene.Objects[asked.Thing].Name), asked.Neighbour < 0 ? PlannerPrompt.Nothing : scene.Objects[asked.Neighbour].Name);
    }

    /// <summary>Which thing is the tallest? Null where it does not show.</summary>
    public PlannerSample? Tallest()
    {
        var byHeight = Enumerable.Range(0, scene.Objects.Count).Where(thing => thing != world.World.Held).OrderByDescending(thing => scene.Objects[thing].HeightM).ToArray();
        return byHeight.Length > 1 && HasOwnName(byHeight[0]) && scene.Objects[byHeight[0]].HeightM - scene.Objects[byHeight[1]].HeightM > TallerM
            ? new PlannerSample("tallest", "", PlannerPrompt.Tallest, scene.Objects[byHeight[0]].Name)
            : null;
    }

    /// <summary>Does a thing on the table have a name that no other has?</summary>
    private bool HasOwnName(int thing) => thing != world.World.Held && RigTask.IsOnlyOfItsName(scene, thing);

    /// <summary>Is the last call finished? Now and then one that was never made. Null where no picture can tell.</summary>
    public PlannerSample? IsFinished()
    {
        if (world.Memory is not [.., var last] || SeenInThePicture.FirstOrDefault(name => RigTask.Calls(last, name)) is not { } function)
            return null;
        var (x, y, isFinished) = (last.Pose.X, last.Pose.Y, world.LastCallWorked);
        if (VisibleThings().Where(thing => Math.Abs(thing.X - x) + Math.Abs(thing.Y - y) > ElsewhereM).ToList() is { Count: > 0 } elsewhere && random.Chance(FalsePremise))
        {
            (_, x, y) = random.Pick(elsewhere);
            isFinished = false;
        }

        var call = CallFormatter.Format(OracleCall.At(function, x, y).ToInvocation(camera));
        return new PlannerSample("finished", "", PlannerPrompt.IsFinished(call), isFinished ? PlannerPrompt.Yes : PlannerPrompt.No);
    }

    /// <summary>The image point of a point of the table, or above it.</summary>
    public ArgumentValue PointOf(double x, double y, double z = 0)
    {
        var (u, v, _) = camera.Project(x, y, z);
        return TargetResolver.PointAt(camera, u, v);
    }

    /// <summary>A past that fits the goal and the picture: mostly none, now and then a success or a failure.</summary>
    private List<MemoryEntry> ImagineMemory(RigTask task, TaskGoal goal)
    {
        var memory = new List<MemoryEntry>();
        if (goal.A < 0)
            return memory;
        var state = world.World;
        var thing = state.Objects[goal.A];
        if (state.Held == goal.A)
        {
            if (task is SimpleManipulationTask and not PlaceTask || task is PickTask)
                Remember(memory, OracleCall.At("pick", random.Range(SceneSampler.MinX, SceneSampler.MaxX), random.Range(-SceneSampler.MaxAbsY, SceneSampler.MaxAbsY)), true, goal.A);
            return memory;
        }

        switch (task)
        {
            case TouchTask when random.Chance(0.4):
                Remember(memory, OracleCall.At("touch", thing.X, thing.Y), random.Chance(0.7), goal.A);
                break;
            case PickTask when random.Chance(0.2):
                Remember(memory, OracleCall.At("pick", thing.X + random.Range(-0.01, 0.01), thing.Y + random.Range(-0.01, 0.01)), false, goal.A);
                break;
            case SimpleManipulationTask when scene.Areas[goal.Area].Inside(thing.X, thing.Y) > 0:
                Remember(memory, OracleCall.At("pick", random.Range(SceneSampler.MinX, SceneSampler.MaxX), random.Range(-SceneSampler.MaxAbsY, SceneSampler.MaxAbsY)), true, goal.A);
                Remember(memory, OracleCall.At("place", scene.Areas[goal.Area].X, scene.Areas[goal.Area].Y), true);
                break;
            default:
                break;
        }

        return memory;
    }

    private void Remember(List<MemoryEntry> memory, OracleCall call, bool succeeded, int thing = -1) => memory.Add(new MemoryEntry(
        memory.Count + 1, "", 0, CallFormatter.Format(call.ToInvocation(camera) with { Thing = thing >= 0 ? scene.Objects[thing].Name : "" }), new ToolPose(call.X, call.Y, 0, 0),
        succeeded ? SubtaskOutcome.Succeeded : random.Chance(0.2) ? SubtaskOutcome.TimedOut : SubtaskOutcome.Failed));

    private List<(string Name, double X, double Y)> VisibleThings()
    {
        var things = new List<(string, double, double)>();
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            if (i != world.World.Held)
                things.Add((scene.Objects[i].Name, world.World.Objects[i].X, world.World.Objects[i].Y));
        }

        foreach (var area in scene.Areas)
            things.Add((area.Name, area.X, area.Y));
        return things;
    }

    private string? ObjectAt(double x, double y)
    {
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            if (i != world.World.Held && world.World.Objects[i].DistanceTo(x, y) < scene.Objects[i].FootprintRadiusM)
                return scene.Objects[i].Name;
        }

        return null;
    }

    private bool IsClear(double x, double y)
    {
        for (var i = 0; i < scene.Objects.Count; i++)
        {
            if (i != world.World.Held && world.World.Objects[i].DistanceTo(x, y) < scene.Objects[i].FootprintRadiusM + ClearOfThingsM)
                return false;
        }

        return scene.Areas.All(a => a.Inside(x, y) < -ClearOfThingsM);
    }

    private string AbsentThing()
    {
        while (true)
        {
            var colour = (ThingColour)random.Below(ThingNames.ColourCount);
            var shape = (ObjectShape)random.Below(ThingNames.ShapeCount);
            var name = random.Chance(0.3) ? $"{ThingNames.Colour(colour)} area" : ThingNames.Of(colour, shape);
            if (!ThingNames.IsHeldOut(colour, shape) && scene.Objects.All(o => o.Name != name) && scene.Areas.All(a => a.Name != name))
                return name;
        }
    }
}
