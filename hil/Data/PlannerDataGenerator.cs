using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Edge.Api;
using Edge.Cameras;
using Edge.Hil.Lockstep;
using Edge.Hil.Plant;
using Edge.Hil.Scenes;
using Edge.Hil.Tasks;
using Edge.Robots;

namespace Edge.Hil.Data;

/// <summary>
/// Makes what the planner learns from: pictures of the robot's camera at the key steps of tasks, the call that the oracle writes next, and questions about
/// what is where. Between key steps the low level is fast-forwarded.
/// </summary>
/// <remarks>
/// A shard of pictures is <c>images-XXXXX.npy</c> (uint8, n x 160 x 160 x 3, RGB) with <c>samples-XXXXX.jsonl</c> and <c>objects-XXXXX.jsonl</c>. It follows from
/// the seed and its number alone, and its name appears only when it is whole, so a run that was cut off goes on where it was.
/// </remarks>
public static class PlannerDataGenerator
{
    /// <summary>Side of the pictures, pixels.</summary>
    public const int SidePx = 160;

    /// <summary>Pictures in a shard.</summary>
    public const int ShardImages = 2000;

    /// <summary>Seeds from here on are kept for evaluation.</summary>
    public const ulong FirstReservedSeed = 400_000;

    private const int MaxKeySteps = 20, ToldImages = 400;
    private const string Plain = "plain"; // no colour that a sentence names

    /// <summary>How often a grasp is sent where nothing is, so that a failed call in the memory is no reason to write it again; and how far from everything that is, metres.</summary>
    private const double StrayShare = 0.15, StrayM = 0.045;

    private const int PictureBytes = SidePx * SidePx * 3;

    /// <summary>Makes the data set, or what is missing of it.</summary>
    /// <param name="robot">The robot, for its camera and arm.</param>
    /// <param name="outDir">Folder for the files.</param>
    /// <param name="images">Pictures wanted; rounded up to whole shards.</param>
    /// <param name="seed">First episode's seed; each shard uses the next 2000.</param>
    /// <param name="jobs">Shards at a time.</param>
    /// <param name="progress">Gets a line now and then.</param>
    public static void Run(RobotDescription robot, string outDir, int images, ulong seed, int jobs, Action<string> progress) =>
        Run(robot, outDir, images, seed, jobs, progress, ShardImages);

    /// <summary>The same with shards of another size.</summary>
    internal static void Run(RobotDescription robot, string outDir, int images, ulong seed, int jobs, Action<string> progress, int shardImages)
    {
        ArgumentNullException.ThrowIfNull(robot);
        ArgumentNullException.ThrowIfNull(progress);
        ArgumentOutOfRangeException.ThrowIfLessThan(images, 1);
        var shards = (images + shardImages - 1) / shardImages;
        if (seed + (ulong)(shards * shardImages) > FirstReservedSeed)
            throw new ArgumentOutOfRangeException(nameof(seed), $"{shards} shards from seed {seed} reach into the seeds from {FirstReservedSeed} on, which are kept for evaluation");

        Directory.CreateDirectory(outDir);
        WriteMeta(robot, outDir, shards, shardImages, seed);
        var missing = Enumerable.Range(0, shards).Where(shard => !File.Exists(PathOf(outDir, "images", shard, "npy"))).ToArray();
        if (missing.Length < shards)
            progress($"{shards - missing.Length} of {shards} shards are there already");
        var clock = Stopwatch.StartNew();
        var made = 0;
        var count = new Lock();
        Workers.Run(jobs, missing, queue =>
        {
            while (queue.TryDequeue(out var shard))
            {
                WriteShard(robot, outDir, shard, seed + (ulong)(shard * shardImages), shardImages, more =>
                {
                    lock (count)
                    {
                        made += more;
                        var rate = made / clock.Elapsed.TotalSeconds;
                        progress(string.Create(
                            CultureInfo.InvariantCulture, $"{made} of {missing.Length * shardImages} pictures, {rate:F0} a second, {((missing.Length * shardImages) - made) / rate / 60:F0} min to go"));
                    }
                });
            }
        });
    }

    private static void WriteShard(RobotDescription robot, string outDir, int shard, ulong firstSeed, int count, Action<int> progress)
    {
        using var samples = new StreamWriter(PathOf(outDir, "samples", shard, "jsonl"));
        using var objects = new StreamWriter(PathOf(outDir, "objects", shard, "jsonl"));
        var writer = new ShardWriter(robot, new byte[count * PictureBytes], samples, objects);
        var told = 0;
        for (var seed = firstSeed; writer.Count < count; seed++)
        {
            writer.WriteEpisode(seed);
            if (writer.Count < count && writer.Count - told < ToldImages)
                continue;
            progress(writer.Count - told);
            told = writer.Count;
        }

        // The pictures come last and under their name only when they are whole: they say that the shard is.
        var path = PathOf(outDir, "images", shard, "npy");
        NpyFile.Write<byte>(path + ".part", writer.Pictures, count, SidePx, SidePx, 3);
        File.Move(path + ".part", path, overwrite: true);
    }

    private static void WriteMeta(RobotDescription robot, string outDir, int shards, int shardImages, ulong seed)
    {
        using var file = File.Create(Path.Combine(outDir, "meta.json"));
        using var json = new Utf8JsonWriter(file, new JsonWriterOptions { Indented = true });
        json.WriteStartObject();
        json.WriteString("robot", robot.Name);
        json.WriteString("camera", robot.Planner.Camera);
        json.WriteNumber("sidePx", SidePx);
        json.WriteNumber("images", shards * shardImages);
        json.WriteNumber("shards", shards);
        json.WriteNumber("seed", seed);
        json.WriteStartArray("api");
        foreach (var call in RobotApi.Calls)
        {
            json.WriteStartObject();
            json.WriteString("call", $"{call.Name}({string.Join(", ", call.Arguments.Select(a => a.Name))})");
            json.WriteString("documentation", call.Documentation);
            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteStartObject("tasks");
        foreach (var group in TaskMixture.Names.GroupBy(t => t))
            json.WriteNumber(group.Key, (double)group.Count() / TaskMixture.Names.Count);
        json.WriteEndObject();
        json.WriteEndObject();
    }

    private static string PathOf(string folder, string kind, int shard, string extension) =>
        Path.Combine(folder, string.Create(CultureInfo.InvariantCulture, $"{kind}-{shard:D5}.{extension}"));

    /// <summary>Writes episodes into a shard until it is full.</summary>
    private sealed class ShardWriter(RobotDescription robot, byte[] pictures, StreamWriter samples, StreamWriter objects)
    {
        private readonly CameraDescription _description = robot.PlannerCamera;
        private readonly CameraModel _camera = new(robot.PlannerCamera);
        private readonly CameraFrame _frame = new(robot.PlannerCamera.WidthPx, robot.PlannerCamera.HeightPx);
        private readonly List<PlannerSample> _samples = [];
        private readonly int _capacity = pictures.Length / PictureBytes;
        private readonly byte[] _jpeg = new byte[512 * 1024];

        /// <summary>Pictures written.</summary>
        public int Count { get; private set; }

        /// <summary>The pictures, one after the other.</summary>
        public ReadOnlySpan<byte> Pictures => pictures;

        /// <summary>All key steps of the episode of a seed, as far as there is room.</summary>
        public void WriteEpisode(ulong seed)
        {
            var random = SceneRandom.For(seed, "planner data");
            var episode = TaskMixture.Draw(seed, random);
            var world = new FastForward(episode.Scene, _camera, robot.WorkspaceM, random);
            var questions = new PlannerQuestions(_camera, episode.Scene, world, random);
            if (episode.Picture is not null && Count + 1 >= _capacity)
                return; // no room for a step beside it
            using var plant = new MuJoCoPlant(robot, episode.Scene);
            var prompt = episode.Picture is { } picture ? WritePromptPicture(picture, questions) : -1;
            for (var step = 0; step < MaxKeySteps && Count < _capacity; step++)
            {
                var call = episode.Next(world.World, world.Memory);
                WritePicture(plant, world, random);
                WriteThings(episode.Scene, world, questions);
                _samples.Clear();
                _samples.Add(questions.Call(episode.Task, episode.Instruction, call, world.Memory) with { Picture = prompt });
                AddOthers(questions);
                foreach (var sample in _samples)
                    WriteSample(sample);
                Count++;
                if (call.Function == "done")
                    break;
                world.Apply(world.Named((Stray(call, world, random) ?? call).ToInvocation(_camera)));
                episode.Watch(world.World);
            }
        }

        /// <summary>
        /// A planner's typical slip: the call with one coordinate of another thing. Only grasps, which fail where nothing is; null where there is none, or where
        /// the slip hits something.
        /// </summary>
        private OracleCall? Stray(OracleCall call, FastForward world, SceneRandom random)
        {
            var objects = world.World.Objects;
            if (call.Function is not ("pick" or "rotate") || call.MemorySlot > 0 || objects.Length < 2 || !random.Chance(StrayShare))
                return null;
            var other = objects[random.Below(objects.Length)];
            var stray = random.Chance(0.5) ? call with { X = other.X } : call with { Y = other.Y };
            return objects.Any(thing => thing.DistanceTo(stray.X, stray.Y) < StrayM) ? null : stray;
        }

        /// <summary>Two further tasks, two places, one thing, a thing beside one, the tallest, and whether the last call is finished; fewer where a lesson would be told twice.</summary>
        private void AddOthers(PlannerQuestions questions)
        {
            for (var attempt = 0; attempt < 6 && _samples.Count < 3; attempt++)
            {
                if (questions.OtherTask() is { } other)
                    AddNew(other);
            }

            AddNew(questions.Where());
            AddNew(questions.Where());
            AddNew(questions.What());
            if (questions.Beside() is { } beside)
                AddNew(beside);
            if (questions.Tallest() is { } tallest)
                AddNew(tallest);
            if (questions.IsFinished() is { } finished)
                AddNew(finished);
        }

        private void AddNew(PlannerSample sample)
        {
            if (!_samples.Exists(s => s.Prompt == sample.Prompt))
                _samples.Add(sample);
        }

        /// <summary>The picture that goes with a sentence; returns its number.</summary>
        private int WritePromptPicture(PromptPicture picture, PlannerQuestions questions)
        {
            Store(picture.Take(robot));
            WriteThings(json =>
            {
                foreach (var thing in picture.Scene.Objects)
                    WriteObject(json, thing, questions.PointOf(thing.X, thing.Y));
                WriteAreas(json, picture.Scene, questions);
                if (picture.Tool is { } tool)
                    WriteThing(json, Plain, "gripper", questions.PointOf(tool.X, tool.Y));
            });
            return Count++;
        }

        private void WritePicture(MuJoCoPlant plant, FastForward world, SceneRandom random)
        {
            if (plant.Held >= 0 && world.World.Held != plant.Held)
                plant.Release();
            var offset = Randomisation.Present.DrawArmOffset(random);
            Span<double> joints = stackalloc double[plant.JointCount];
            for (var i = 0; i < joints.Length; i++)
                joints[i] = robot.HomeRad[i] + (i < offset.Length ? offset[i] : 0);
            plant.SetJoints(joints);
            for (var i = 0; i < world.World.Objects.Length; i++)
            {
                ref var thing = ref world.World.Objects[i];
                if (i == world.World.Held)
                    plant.AttachToCup(i);
                else
                    plant.SetObject(i, thing.X, thing.Y, world.Yaw[i], thing.ClearanceM, thing.TiltRad);
            }

            plant.Render(_description.Name, _frame);
            // At work the picture comes over the network as JPEG.
            var bytes = ImageOps.EncodeJpeg(_frame.Bgr, _frame.WidthPx, _frame.HeightPx, random.Between(82, 92), _jpeg);
            Store(_jpeg.AsSpan(0, bytes));
        }

        private void Store(ReadOnlySpan<byte> jpeg)
        {
            if (!ImageOps.TryDecodeJpeg(jpeg, _frame.Bgr, _frame.WidthPx, _frame.HeightPx))
                throw new InvalidOperationException("A picture did not survive its own JPEG.");
            var picture = pictures.AsSpan(Count * PictureBytes, PictureBytes);
            ImageOps.Resize(_frame.Bgr, _frame.WidthPx, _frame.HeightPx, picture, SidePx, SidePx);
            for (var i = 0; i < picture.Length; i += 3)
                (picture[i], picture[i + 2]) = (picture[i + 2], picture[i]);
        }

        private void WriteSample(in PlannerSample sample)
        {
            var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                json.WriteStartObject();
                json.WriteNumber("image", Count);
                json.WriteString("kind", sample.Kind);
                json.WriteString("prompt", sample.Prompt);
                json.WriteString("answer", sample.Answer);
                json.WriteString("task", sample.Task);
                if (sample.Picture >= 0)
                    json.WriteNumber("picture", sample.Picture);
                json.WriteEndObject();
            }

            WriteLine(samples, line);
        }

        private void WriteThings(Scene scene, FastForward world, PlannerQuestions questions) => WriteThings(json =>
        {
            for (var i = 0; i < scene.Objects.Count; i++)
            {
                var thing = world.World.Objects[i];
                if (i != world.World.Held)
                    WriteObject(json, scene.Objects[i], questions.PointOf(thing.X, thing.Y, thing.ClearanceM));
            }

            WriteAreas(json, scene, questions);
        });

        private void WriteThings(Action<Utf8JsonWriter> write)
        {
            var line = new MemoryStream();
            using (var json = new Utf8JsonWriter(line))
            {
                json.WriteStartObject();
                json.WriteNumber("image", Count);
                json.WriteStartArray("things");
                write(json);
                json.WriteEndArray();
                json.WriteEndObject();
            }

            WriteLine(objects, line);
        }

        private static void WriteAreas(Utf8JsonWriter json, Scene scene, PlannerQuestions questions)
        {
            foreach (var area in scene.Areas)
                WriteThing(json, ThingNames.Colour(area.Colour), area.Kind, questions.PointOf(area.X, area.Y));
            if (scene.Beam is { } beam)
            {
                foreach (var y in beam.PlacesY)
                    WriteThing(json, Plain, "beam", questions.PointOf(beam.X, y)); // a call's point, too, is the one of the table below
            }
        }

        private static void WriteObject(Utf8JsonWriter json, SceneObject thing, ArgumentValue point) =>
            WriteThing(json, ThingNames.Colour(thing.Colour), ThingNames.Of(thing.Shape), point, thing.WidthM, thing.HeightM);

        private static void WriteThing(Utf8JsonWriter json, string colour, string shape, ArgumentValue point, double widthM = 0, double heightM = 0)
        {
            json.WriteStartObject();
            json.WriteString("colour", colour);
            json.WriteString("shape", shape);
            json.WriteNumber("x", point.XPerMille);
            json.WriteNumber("y", point.YPerMille);
            json.WriteNumber("widthMm", Math.Round(1000 * widthM));
            json.WriteNumber("heightMm", Math.Round(1000 * heightM));
            json.WriteEndObject();
        }

        private static void WriteLine(StreamWriter file, MemoryStream line)
        {
            file.Flush();
            line.WriteByte((byte)'\n');
            line.Position = 0;
            line.CopyTo(file.BaseStream);
        }
    }
}
