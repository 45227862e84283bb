import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.javarosa.core.model.Constants;
import org.javarosa.core.model.CoreModelModule;
import org.javarosa.core.model.DataType;
import org.javarosa.core.model.FormDef;
import org.javarosa.core.model.FormIndex;
import org.javarosa.core.model.ItemsetBinding;
import org.javarosa.core.model.QuestionDef;
import org.javarosa.core.model.SelectChoice;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointAction;
import org.javarosa.core.model.actions.setgeopoint.SetGeopointActionHandler;
import org.javarosa.core.model.condition.EvaluationContext;
import org.javarosa.core.model.condition.IFunctionHandler;
import org.javarosa.core.model.data.DateData;
import org.javarosa.core.model.data.DateTimeData;
import org.javarosa.core.model.data.DecimalData;
import org.javarosa.core.model.data.GeoPointData;
import org.javarosa.core.model.data.GeoShapeData;
import org.javarosa.core.model.data.GeoTraceData;
import org.javarosa.core.model.data.IAnswerData;
import org.javarosa.core.model.data.IntegerData;
import org.javarosa.core.model.data.MultipleItemsData;
import org.javarosa.core.model.data.SelectOneData;
import org.javarosa.core.model.data.StringData;
import org.javarosa.core.model.data.TimeData;
import org.javarosa.core.model.data.UncastData;
import org.javarosa.core.model.data.helper.Selection;
import org.javarosa.core.model.instance.AbstractTreeElement;
import org.javarosa.core.model.instance.InstanceInitializationFactory;
import org.javarosa.core.model.instance.TreeElement;
import org.javarosa.core.model.instance.TreeReference;
import org.javarosa.core.model.utils.DateUtils;
import org.javarosa.core.reference.Reference;
import org.javarosa.core.reference.ReferenceFactory;
import org.javarosa.core.reference.ReferenceManager;
import org.javarosa.core.services.IPropertyManager;
import org.javarosa.core.services.PropertyManager;
import org.javarosa.core.services.PrototypeManager;
import org.javarosa.core.services.properties.IPropertyRules;
import org.javarosa.form.api.FormEntryController;
import org.javarosa.form.api.FormEntryModel;
import org.javarosa.model.xform.XFormsModule;
import org.javarosa.xform.parse.XFormParser;
import org.javarosa.xform.util.XFormAnswerDataSerializer;
import org.javarosa.xform.util.XFormUtils;
import org.javarosa.xpath.expr.XPathFuncExpr;

/**
 * Runs scripts in JavaRosa. One request a line on standard input, as JSON: {"xml": TEXT, "files": FOLDER
 * or null, "steps": [...]}; one answer a line: {"states": [{PATH: {...}}, ...], "error": TEXT or absent}.
 *
 * It walks the form as ODK Collect does after every step, since that is what makes the instances of
 * counted repeats. Answers that a widget of Collect would not take are ignored. Asking for the choices of
 * a select clears answers that are no longer offered; here the answer is put back and reported as
 * invalid, so that the other differences can be seen, and filtered choices are not remembered. A request with
 * "clears" leaves out both.
 */
public class Driver {
    static final ObjectMapper JSON = new ObjectMapper();
    static final String POINT = "-?\\d+(\\.\\d+)?( -?\\d+(\\.\\d+)?){1,3}";
    static final int MOST_EVENTS = 60_000;

    FormDef form;
    FormEntryModel model;
    FormEntryController controller;
    /** Whether answers that are no longer offered are put back. */
    boolean keeps;

    public static void main(String[] arguments) throws IOException {
        // The library may print; the answers have standard output for themselves.
        PrintStream out = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err);
        new XFormsModule().registerModule();
        PrototypeManager.registerPrototypes(CoreModelModule.classNames);
        PropertyManager.setPropertyManager(new Properties());
        XFormParser.registerActionHandler(SetGeopointActionHandler.ELEMENT_NAME, new NoPositionHandler());
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            ObjectNode answer = JSON.createObjectNode();
            ArrayNode states = answer.putArray("states");
            try {
                new Driver().run(JSON.readTree(line), states);
            } catch (Throwable e) {
                answer.put("error", e.getClass().getSimpleName() + ": " + e.getMessage());
            }
            out.println(JSON.writeValueAsString(answer));
            out.flush();
        }
    }

    void run(JsonNode request, ArrayNode states) throws Exception {
        keeps = !request.path("clears").asBoolean(false);
        Folder.use(request.path("files").asText(""));
        byte[] xml = request.get("xml").asText().getBytes(StandardCharsets.UTF_8);
        form = XFormUtils.getFormFromInputStream(new ByteArrayInputStream(xml));
        form.getEvaluationContext().addFunctionHandler(new PullData());
        form.initialize(true, new InstanceInitializationFactory());
        model = new FormEntryModel(form);
        controller = new FormEntryController(model);
        walk();
        states.add(state());
        for (JsonNode step : request.get("steps")) {
            if (step.has("set")) {
                set(step.get("set").asText(), step.get("value").asText());
            } else if (step.has("add_repeat")) {
                add(step.get("add_repeat").asText());
            } else {
                remove(step.get("remove_repeat").asText());
            }
            walk();
            states.add(state());
        }
    }

    /** From the beginning to the end, as a person who only swipes; counted repeats grow on the way. */
    void walk() {
        int before = -1;
        for (int round = 0; round < 3 && before != size(form.getMainInstance().getRoot()); round++) {
            before = size(form.getMainInstance().getRoot());
            controller.jumpToIndex(FormIndex.createBeginningOfFormIndex());
            int events = 0;
            while (controller.stepToNextEvent() != FormEntryController.EVENT_END_OF_FORM) {
                if (++events > MOST_EVENTS) {
                    throw new IllegalStateException("the form does not end");
                }
            }
        }
    }

    static int size(TreeElement element) {
        int total = 1;
        for (int i = 0; i < element.getNumChildren(); i++) {
            total += size(element.getChildAt(i));
        }
        return total;
    }

    void set(String path, String text) throws Exception {
        TreeElement element = find(path);
        QuestionDef question = element == null ? null : question(element);
        if (question == null || !element.isEnabled()) {
            return;
        }
        boolean clears = question.getControlType() == Constants.CONTROL_INPUT
            && DataType.from(element.getDataType()) == DataType.TEXT ? text.isEmpty() : text.isBlank();
        if (clears) {
            form.setValue(null, element.getRef(), true);
            return;
        }
        IAnswerData answer = answer(element, question, text);
        if (answer != null) {
            form.setValue(answer, element.getRef(), true);
        }
    }

    /** What the widget of a question makes of a text; null if it would not take it. */
    IAnswerData answer(TreeElement element, QuestionDef question, String text) {
        String trimmed = text.trim();
        switch (question.getControlType()) {
            case Constants.CONTROL_SELECT_ONE:
                return known(question, List.of(trimmed)) ? new SelectOneData(new Selection(trimmed)) : null;
            case Constants.CONTROL_SELECT_MULTI:
            case Constants.CONTROL_RANK:
                List<String> codes = new ArrayList<>(new LinkedHashSet<>(List.of(trimmed.split("\\s+"))));
                if (!known(question, codes)) {
                    return null;
                }
                // Checkboxes are read in the order of the list, ranks in the order given.
                List<String> all = list(question);
                if (question.getControlType() == Constants.CONTROL_SELECT_MULTI && all != null) {
                    codes.sort(Comparator.comparingInt(all::indexOf));
                }
                List<Selection> chosen = new ArrayList<>();
                codes.forEach(code -> chosen.add(new Selection(code)));
                return new MultipleItemsData(chosen);
            case Constants.CONTROL_TRIGGER:
                return trimmed.matches("(?i)ok|true|1") ? new StringData("OK") : null;
            default:
        }
        try {
            switch (DataType.from(element.getDataType())) {
                case INTEGER:
                    return trimmed.matches("-?\\d{1,9}") ? new IntegerData(Integer.parseInt(trimmed)) : null;
                case DECIMAL:
                    return trimmed.matches("-?(\\d+\\.?\\d*|\\.\\d+)")
                        ? new DecimalData(Double.parseDouble(trimmed)) : null;
                case DATE:
                    Date day = trimmed.matches("\\d{4}-\\d{2}-\\d{2}") ? DateUtils.parseDate(trimmed) : null;
                    return day == null ? null : new DateData(day);
                case TIME:
                    Date time = DateUtils.parseTime(trimmed);
                    return time == null ? null : new TimeData(time);
                case DATE_TIME:
                    Date moment = trimmed.contains("T") ? DateUtils.parseDateTime(trimmed) : null;
                    return moment == null ? null : new DateTimeData(moment);
                case GEOPOINT:
                    return !trimmed.matches(POINT) ? null : new GeoPointData().cast(new UncastData(trimmed));
                case GEOSHAPE:
                    return !trimmed.matches(POINT + "(\\s*;\\s*" + POINT + "){3,}") ? null : new GeoShapeData().cast(new UncastData(trimmed));
                case GEOTRACE:
                    return !trimmed.matches(POINT + "(\\s*;\\s*" + POINT + ")+") ? null : new GeoTraceData().cast(new UncastData(trimmed));
                default:
                    return new StringData(text);
            }
        } catch (RuntimeException e) {
            return null;
        }
    }

    boolean known(QuestionDef question, List<String> codes) {
        List<String> all = list(question);
        return all == null || all.containsAll(codes);
    }

    /** The codes of the list of a select, filtered or not; null if they come from answers. */
    List<String> list(QuestionDef question) {
        List<String> codes = new ArrayList<>();
        ItemsetBinding itemset = question.getDynamicChoices();
        if (itemset == null) {
            question.getChoices().forEach(choice -> codes.add(choice.getValue()));
            return codes;
        }
        String list = itemset.nodesetRef.getInstanceName();
        if (list == null) {
            return null;
        }
        AbstractTreeElement<?> root = form.getNonMainInstance(list).getRoot();
        String column = itemset.valueRef.getNameLast();
        for (int i = 0; i < root.getNumChildren(); i++) {
            AbstractTreeElement<?> cell = root.getChildAt(i).getChild(column, 0);
            if (cell instanceof TreeElement && ((TreeElement) cell).getValue() != null) {
                codes.add(((TreeElement) cell).getValue().getDisplayText());
            }
        }
        return codes;
    }

    void add(String path) {
        FormIndex index = index(path, FormEntryController.EVENT_PROMPT_NEW_REPEAT);
        if (index != null) {
            controller.newRepeat(index);
        }
    }

    void remove(String path) {
        FormIndex index = index(path, FormEntryController.EVENT_REPEAT);
        if (index != null) {
            controller.deleteRepeat(index);
        }
    }

    /** The place of a repeat (of its end, for a new instance), also where it is not relevant. */
    FormIndex index(String path, int event) {
        FormIndex index = model.incrementIndex(FormIndex.createBeginningOfFormIndex());
        int events = 0;
        while (index.isInForm() && ++events < MOST_EVENTS) {
            if (model.getEvent(index) == event) {
                TreeReference reference = form.getChildInstanceRef(index);
                String here = path(reference);
                if (event == FormEntryController.EVENT_PROMPT_NEW_REPEAT) {
                    here = here.substring(0, here.lastIndexOf('['));
                }
                if (here.equals(path)) {
                    return index;
                }
            }
            index = model.incrementIndex(index);
        }
        return null;
    }

    /** The full path, with numbers at repeats only. */
    String path(TreeReference reference) {
        StringBuilder out = new StringBuilder();
        TreeReference generic = TreeReference.rootRef();
        for (int level = 0; level < reference.size(); level++) {
            String name = reference.getName(level);
            out.append('/').append(name);
            generic = generic.extendRef(name, TreeReference.INDEX_UNBOUND);
            int number = Math.max(reference.getMultiplicity(level), 0) + 1;
            if (form.getMainInstance().getTemplate(generic) != null) {
                out.append('[').append(number).append(']');
            }
        }
        return out.toString();
    }

    TreeElement find(String path) {
        TreeElement[] found = {null};
        visit(form.getMainInstance().getRoot(), "", (where, element) -> {
            if (where.equals(path)) {
                found[0] = element;
            }
        });
        return found[0];
    }

    interface Visitor {
        void leaf(String path, TreeElement element);
    }

    void visit(TreeElement element, String parent, Visitor visitor) {
        if (element.getMult() == TreeReference.INDEX_TEMPLATE) {
            return;
        }
        String path = parent + "/" + element.getName();
        if (element.isRepeatable()) {
            path += "[" + (element.getMult() + 1) + "]";
        }
        if (element.getNumChildren() == 0) {
            visitor.leaf(path, element);
        }
        for (int i = 0; i < element.getNumChildren(); i++) {
            visit(element.getChildAt(i), path, visitor);
        }
    }

    QuestionDef question(TreeElement element) {
        return FormDef.findQuestionByRef(element.getRef().genericize(), form);
    }

    ObjectNode state() {
        Map<String, ObjectNode> nodes = new TreeMap<>();
        visit(form.getMainInstance().getRoot(), "", (path, element) -> nodes.put(path, state(element)));
        ObjectNode out = JSON.createObjectNode();
        nodes.forEach(out::set);
        return out;
    }

    ObjectNode state(TreeElement element) {
        ObjectNode out = JSON.createObjectNode();
        QuestionDef question = question(element);
        boolean relevant = element.isRelevant();
        IAnswerData value = element.getValue();
        boolean valid = true;
        ArrayNode choices = JSON.createArrayNode();
        if (relevant && question != null && isSelect(question)) {
            Set<String> open = new HashSet<>();
            for (SelectChoice choice : choices(question, element)) {
                choices.add(choice.getValue());
                open.add(choice.getValue());
            }
            if (keeps) {
                element.setAnswer(value);
            } else {
                value = element.getValue();
            }
            for (String code : text(value).trim().split("\\s+")) {
                valid &= code.isEmpty() || open.contains(code);
            }
        }
        if (relevant && value != null) {
            valid &= form.evaluateConstraint(element.getRef(), value);
        }
        out.put("value", relevant ? text(value) : "");
        out.put("relevant", relevant);
        out.put("required", element.isRequired());
        out.put("readonly", question == null || !element.isEnabled());
        out.put("valid", valid);
        out.set("choices", choices);
        return out;
    }

    List<SelectChoice> choices(QuestionDef question, TreeElement element) {
        ItemsetBinding itemset = question.getDynamicChoices();
        if (itemset == null) {
            return question.getChoices();
        }
        if (keeps) {
            forget(itemset);
        }
        return itemset.getChoices(form, element.getRef());
    }

    /**
     * JavaRosa remembers filtered choices by the values that the filter looks at, and does not notice when
     * one of them ceases to be relevant.
     */
    static void forget(ItemsetBinding itemset) {
        try {
            Field cache = ItemsetBinding.class.getDeclaredField("cachedFilteredChoiceList");
            cache.setAccessible(true);
            cache.set(itemset, null);
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
    }

    static boolean isSelect(QuestionDef question) {
        int control = question.getControlType();
        return control == Constants.CONTROL_SELECT_ONE || control == Constants.CONTROL_SELECT_MULTI
            || control == Constants.CONTROL_RANK;
    }

    static String text(IAnswerData value) {
        Object text = value == null ? "" : new XFormAnswerDataSerializer().serializeAnswerData(value);
        return String.valueOf(text);
    }

    /** pulldata(), which ODK Collect adds to JavaRosa: the cell of a CSV file whose key matches. */
    static class PullData implements IFunctionHandler {
        @Override
        public String getName() {
            return "pulldata";
        }

        @Override
        @SuppressWarnings("rawtypes")
        public List<Class[]> getPrototypes() {
            return new ArrayList<>();
        }

        @Override
        public boolean realTime() {
            return false;
        }

        @Override
        public boolean rawArgs() {
            return true;
        }

        @Override
        public Object eval(Object[] arguments, EvaluationContext context) {
            String[] texts = new String[arguments.length];
            for (int i = 0; i < arguments.length; i++) {
                texts[i] = XPathFuncExpr.toString(arguments[i]);
            }
            String name = texts[0].endsWith(".csv") ? texts[0] : texts[0] + ".csv";
            try {
                List<String> lines = Files.readAllLines(Path.of(Folder.folder, name));
                List<String> heads = List.of(lines.get(0).split(",", -1));
                int wanted = heads.indexOf(texts[1]);
                int key = heads.indexOf(texts[2]);
                for (String line : lines.subList(1, lines.size())) {
                    String[] cells = line.split(",", -1);
                    if (cells[key].equals(texts[3])) {
                        return cells[wanted];
                    }
                }
                return "";
            } catch (IOException e) {
                throw new IllegalStateException(e);
            }
        }
    }

    /** A device that does not know where it is. */
    static class NoPositionHandler extends SetGeopointActionHandler {
        @Override
        public SetGeopointAction getSetGeopointAction() {
            return new NoPosition();
        }
    }

    /** See NoPositionHandler. */
    static class NoPosition extends SetGeopointAction {
        @Override
        public void requestLocationUpdates() {
        }
    }

    /** Files beside a form: jr://file/NAME, jr://file-csv/NAME and so on are all FOLDER/NAME. */
    static class Folder implements ReferenceFactory {
        static String folder = "";

        static void use(String next) {
            folder = next;
            ReferenceManager manager = ReferenceManager.instance();
            manager.reset();
            manager.addReferenceFactory(new Folder());
        }

        @Override
        public boolean derives(String uri) {
            return uri.startsWith("jr://");
        }

        @Override
        public Reference derive(String uri) {
            return new Beside(uri);
        }

        @Override
        public Reference derive(String uri, String context) {
            return derive(uri);
        }
    }

    static class Beside implements Reference {
        final String uri;

        Beside(String uri) {
            this.uri = uri;
        }

        @Override
        public String getLocalURI() {
            return Path.of(Folder.folder, uri.substring(uri.lastIndexOf('/') + 1)).toString();
        }

        @Override
        public boolean doesBinaryExist() {
            return Files.exists(Path.of(getLocalURI()));
        }

        @Override
        public InputStream getStream() throws IOException {
            return new FileInputStream(getLocalURI());
        }

        @Override
        public String getURI() {
            return uri;
        }

        @Override
        public boolean isReadOnly() {
            return true;
        }

        @Override
        public OutputStream getOutputStream() {
            return null;
        }

        @Override
        public void remove() {
        }

        @Override
        public Reference[] probeAlternativeReferences() {
            return new Reference[0];
        }
    }

    /** Who fills the form in, on which device. */
    static class Properties implements IPropertyManager {
        @Override
        public String getSingularProperty(String name) {
            switch (name) {
                case "deviceid":
                    return "tablet-7";
                case "username":
                    return "Siti";
                case "email":
                    return "siti@example.org";
                case "phonenumber":
                    return "08123456789";
                case "simserial":
                    return "8962123";
                case "subscriberid":
                    return "51010";
                default:
                    return null;
            }
        }

        @Override
        public List<String> getProperty(String name) {
            return List.of();
        }

        @Override
        public void setProperty(String name, String value) {
        }

        @Override
        public void setProperty(String name, List<String> value) {
        }

        @Override
        public void addRules(IPropertyRules rules) {
        }

        @Override
        public List<IPropertyRules> getRules() {
            return List.of();
        }
    }
}
